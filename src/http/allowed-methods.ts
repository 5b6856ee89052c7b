import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    allowedMethods: AllowedMethods;
  }
}

export interface Route {
  readonly url: string;
  readonly methods: readonly string[];
}

/** Those that some path is served with. */
export const METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** Knows which methods a path is served with, so that a wrong method is told apart from a wrong path. */
export class AllowedMethods {
  readonly #routes: (Route & { readonly pattern: RegExp })[] = [];

  constructor(fastify: FastifyInstance) {
    fastify.addHook('onRoute', ({ url, method }) => {
      const pattern = url
        .replaceAll('.', '\\.')
        .replaceAll('*', '.*')
        .replaceAll(/:[^/]+/g, '[^/]+');
      const methods = typeof method === 'string' ? [method] : method;
      this.#routes.push({ url, pattern: new RegExp(`^${pattern}$`), methods });
    });
  }

  /** Every route, by its template: `/:id`. */
  get all(): readonly Route[] {
    return this.#routes;
  }

  /**
   * @param target of the request: a path, with a query or not
   * @returns nothing when there is nothing
   */
  of(target: string): readonly string[] {
    const path = target.split('?', 1)[0] ?? '/';
    const matching = this.#routes.filter(({ pattern }) => pattern.test(path));
    if (matching.length === 0) return [];
    return [...new Set([...matching.flatMap(({ methods }) => methods), 'OPTIONS'])].sort();
  }
}
