import type { FastifyReply, FastifyRequest } from 'fastify';
import { METHODS } from './allowed-methods.ts';
import type { Cors } from './cors.ts';

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
