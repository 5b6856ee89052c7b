import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Cors } from './cors.ts';

declare module 'fastify' {
  interface FastifyInstance {
    knownPaths: KnownPaths;
  }
}

/** The methods of the service, as in `Allow`. Every path has all of them. */
export const ALLOW = 'GET, HEAD, OPTIONS';

/** The paths of the service: they tell 405 from 404. */
export class KnownPaths {
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

  /** @param target the request target: a path, perhaps with a query */
  has(target: string): boolean {
    const path = target.split('?', 1)[0] ?? '/';
    return this.#paths.some((pattern) => pattern.test(path));
  }
}

/**
 * Answers `OPTIONS`, RFC 9110 section 9.3.7, and preflights. Needs no API key: browsers send none in a preflight.
 * @returns false when the path is unknown and the request is not a preflight; then it sends nothing
 */
export function answerOptions(request: FastifyRequest, reply: FastifyReply, cors: Cors): boolean {
  const { url } = request;
  const isKnown = url === '*' || request.server.knownPaths.has(url);
  // Also for an unknown path: a page can read the 404 only after a successful preflight.
  const preflight = cors.preflightHeadersFor(request.headers);
  if (!isKnown && preflight === undefined) return false;
  void reply
    .code(204)
    .headers({ ...(isKnown && { allow: ALLOW }), ...preflight })
    .send();
  return true;
}
