import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    allowedMethods: AllowedMethods;
  }
}

/** The methods of the service. Every path has all of them. */
export const METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** The methods of each path: they tell 405 from 404. */
export class AllowedMethods {
  readonly #paths: RegExp[] = [];

  constructor(fastify: FastifyInstance) {
    fastify.addHook('onRoute', ({ url }) => {
      const pattern = url
        .replaceAll('.', '\\.')
        .replaceAll('*', '.*')
        .replaceAll(/:[^/]+/g, '[^/]+');
      this.#paths.push(new RegExp(`^${pattern}$`));
    });
  }

  /**
   * Returns the methods of a path, or an empty list for an unknown path.
   *
   * @param target the request target: a path, perhaps with a query
   */
  of(target: string): readonly string[] {
    const path = target.split('?', 1)[0] ?? '/';
    return this.#paths.some((pattern) => pattern.test(path)) ? METHODS : [];
  }
}
