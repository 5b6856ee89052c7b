import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    allowedMethods: AllowedMethods;
  }
}

/** The methods of the service. */
export const METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** The methods of each path: they tell 405 from 404. */
export class AllowedMethods {
  readonly #routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];

  constructor(fastify: FastifyInstance) {
    fastify.addHook('onRoute', ({ url, method }) => {
      const pattern = url
        .replaceAll('.', '\\.')
        .replaceAll('*', '.*')
        .replaceAll(/:[^/]+/g, '[^/]+');
      const methods = typeof method === 'string' ? [method] : method;
      this.#routes.push({ pattern: new RegExp(`^${pattern}$`), methods });
    });
  }

  /**
   * Returns the methods of a path, or an empty list for an unknown path.
   *
   * @param target the request target: a path, perhaps with a query
   */
  of(target: string): readonly string[] {
    const path = target.split('?', 1)[0] ?? '/';
    const matching = this.#routes.filter(({ pattern }) => pattern.test(path));
    if (matching.length === 0) return [];
    return [...new Set([...matching.flatMap(({ methods }) => methods), 'OPTIONS'])].sort();
  }
}
