import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerProblem } from '../problem/problem.filter.ts';
import { Problem, rawProblem } from '../problem/problem.ts';
import type { Settings } from '../settings/settings.ts';
import { type ExchangeObserver, observeExchange, requestId, UNMATCHED_ROUTE } from './exchange.ts';
import { currentRequestId } from './request-context.ts';

/** More headers than any client or proxy sends, and few enough to be read in no time. */
const MAX_HEADERS = 100;

/**
 * Fastify with the limits on the way in, and with a problem as the answer to whatever never reaches a route:
 * what the HTTP parser refuses, a URL that cannot be decoded, a request without a host.
 */
export function createAdapter(settings: Settings, observers: readonly ExchangeObserver[]): FastifyAdapter {
  const adapter = new FastifyAdapter({
    genReqId: requestId,
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    keepAliveTimeout: settings.KEEP_ALIVE_TIMEOUT_MS,
    requestTimeout: settings.REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: settings.MAX_HEADER_BYTES },
    http: {
      maxHeaderSize: settings.MAX_HEADER_BYTES,
      requireHostHeader: false,
      headersTimeout: settings.REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: Math.min(1_000, settings.REQUEST_TIMEOUT_MS),
    },
    clientErrorHandler: (error, socket) => {
      refuse(error, socket, observers);
    },
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      observeExchange(request, reply, observers);
      answerProblem(new Problem('malformed-request', 'The URL cannot be decoded.'), request, reply);
    },
  });

  const fastify = adapter.getInstance();
  fastify.server.maxConnections = settings.MAX_CONNECTIONS;
  fastify.server.maxHeadersCount = MAX_HEADERS;
  // No route takes a body: one that comes is left unread, whatever its type.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, _payload, done) => {
    done(null);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    observeExchange(request, reply, observers);
    currentRequestId.run(request.id, done, refusal(request, settings));
  });
  return adapter;
}

function refusal(request: FastifyRequest, settings: Settings): Problem | undefined {
  if (Buffer.byteLength(request.raw.url ?? '') > settings.MAX_URL_BYTES) {
    return new Problem('malformed-request', `The URL is longer than ${settings.MAX_URL_BYTES} bytes.`);
  }
  // RFC 9112 section 3.2: an HTTP/1.1 request without a host is answered with 400.
  if (request.raw.httpVersion === '1.1' && request.headers.host === undefined) {
    return new Problem('malformed-request', 'The Host header is missing.');
  }
  return undefined;
}

function refuse(error: Error, socket: Socket, observers: readonly ExchangeObserver[]): void {
  if (('code' in error && error.code === 'ECONNRESET') || socket.destroyed) return;
  const problem = parserProblem(error);
  const id = requestId({ headers: {} });
  // A half-written answer must not be followed by another.
  if (socket.writable && socket.bytesWritten === 0) socket.write(rawProblem(problem, id));
  socket.destroySoon();
  const record = { outcome: problem.type };
  for (const observer of observers) {
    observer({
      requestId: id,
      method: 'unknown',
      route: UNMATCHED_ROUTE,
      status: problem.status,
      seconds: 0,
      record,
    });
  }
}

function parserProblem(error: Error & { code?: string; rawPacket?: Buffer }): Problem {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      // The parser counts the URL as a header; no line end in what it read means that the URL was too long.
      return error.rawPacket?.includes('\n') === false
        ? new Problem('malformed-request', 'The URL is too long.')
        : new Problem('headers-too-large', 'The request headers are too large.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request-timeout', 'The request did not arrive in time.');
    default:
      return new Problem('malformed-request', 'This is not an HTTP request that can be read.');
  }
}
