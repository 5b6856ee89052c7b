import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Cors } from './cors.ts';

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

/**
 * Answers `OPTIONS`, RFC 9110 section 9.3.7: with the methods of a path, or of the service for `*`, and with the CORS
 * headers for a preflight. Needs no API key, because browsers send none in a preflight.
 *
 * @returns false when the path is unknown and the request is not a preflight; then it sends nothing
 */
export function answerOptions(request: FastifyRequest, reply: FastifyReply, cors: Cors): boolean {
  const { url } = request;
  const allow = url === '*' ? METHODS : request.server.allowedMethods.of(url);
  // Also for an unknown path: a page can read the 404 only after a successful preflight.
  const preflight = cors.preflightHeadersFor(request.headers);
  if (allow.length === 0 && preflight === undefined) return false;
  void reply
    .code(204)
    .headers({ ...(allow.length > 0 && { allow: allow.join(', ') }), ...preflight })
    .send();
  return true;
}
