import type { FastifyReply, FastifyRequest } from 'fastify';
import { METHODS } from './allowed-methods.ts';
import type { Cors } from './cors.ts';

/**
 * Answers `OPTIONS`, RFC 9110 section 9.3.7: with the methods of a path, with those of the whole service for `*`, and
 * a browser that asks for a page. It needs no key: a browser sends none along when it asks.
 *
 * @returns whether it did; where there is nothing, it is for others to say so
 */
export function answerOptions(request: FastifyRequest, reply: FastifyReply, cors: Cors): boolean {
  const { url } = request;
  const allow = url === '*' ? METHODS : request.server.allowedMethods.of(url);
  // For a path where there is nothing as well: a page sees the problem only when it may ask.
  const preflight = cors.preflightHeadersFor(request.headers);
  if (allow.length === 0 && preflight === undefined) return false;
  void reply
    .code(204)
    .headers({ ...(allow.length > 0 && { allow: allow.join(', ') }), ...preflight })
    .send();
  return true;
}
