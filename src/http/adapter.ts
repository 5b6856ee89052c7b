import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerProblem } from '../problem/problem.filter.ts';
import { Problem, rawProblem } from '../problem/problem.ts';
import type { Settings } from '../settings/settings.ts';
import { type ExchangeObserver, observeExchange, requestId, UNMATCHED_ROUTE } from './exchange.ts';
import { currentRequest } from './request-context.ts';

/** More headers than any client or proxy sends, and few enough to be read in no time. */
const MAX_HEADERS = 100;
/** What a client has to close a connection on its side, in milliseconds, before it is cut. */
const CLOSE_GRACE_MS = 1_000;
/** The last answer that each connection is to carry, or has carried. */
const lastAnswers = new WeakMap<Duplex, ServerResponse>();

/**
 * Fastify with the limits on the way in, and with a problem as the answer to whatever never reaches a route:
 * what the HTTP parser refuses, a URL that cannot be decoded, a request without a host.
 */
export function createAdapter(settings: Settings, observers: readonly ExchangeObserver[]): FastifyAdapter {
  const adapter = new FastifyAdapter({
    genReqId: requestId,
    requestIdHeader: false,
    trustProxy: trustProxy(settings),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
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
      refuse(parserProblem(error, settings), error, socket, observers);
    },
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      lastAnswers.set(request.raw.socket, reply.raw);
      observeExchange(request, reply, observers);
      answerProblem(new Problem('malformed-request', 'The URL cannot be decoded.'), request, reply);
    },
  });

  const fastify = adapter.getInstance();
  fastify.server.maxConnections = settings.MAX_CONNECTIONS;
  fastify.server.maxHeadersCount = MAX_HEADERS;
  closeWhenAnswered(fastify.server);
  // RFC 9110 section 10.1.1: an expectation that is not known may be left unmet.
  fastify.server.on('checkExpectation', (request, response) => {
    fastify.routing(request, response);
  });
  fastify.server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy());
    const problem = new Problem('method-not-allowed', 'This is no proxy.', {
      headers: { allow: 'GET, HEAD' },
    });
    refuse(problem, undefined, socket, observers);
  });
  // Fastify's own HEAD routes state a length of 0 for a 304, which RFC 9110 section 8.6 forbids.
  fastify.addHook('onRoute', (route) => {
    if (route.method === 'GET') route.method = ['GET', 'HEAD'];
  });
  // No route takes a body: one that comes is left unread, whatever its type.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, _payload, done) => {
    done(null);
  });
  // Before the hooks of the adapter itself, some of which answer.
  adapter.setOnRequestHook((request, reply, done) => {
    lastAnswers.set(request.raw.socket, reply.raw);
    const span = observeExchange(request, reply, observers);
    currentRequest.run({ id: request.id, span }, done, refusal(request, settings));
  });
  return adapter;
}

/** Fastify believes nobody who is given by number alone: whoever sets one vouches for the way in. */
function trustProxy({
  TRUST_PROXY,
}: Settings): false | string[] | ((address: string, hop: number) => boolean) {
  if (typeof TRUST_PROXY !== 'number') return TRUST_PROXY ?? false;
  return (_address, hop) => hop < TRUST_PROXY;
}

/**
 * Makes the server's closing wait for answers that are on their way: Node takes one for over once it was handed
 * over, sent or not, and a connection for busy as long as a request on it is not complete.
 */
function closeWhenAnswered(server: Server): void {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.closeIdleConnections = () => {
    for (const socket of sockets) {
      const last = lastAnswers.get(socket);
      if (last === undefined || last.closed) socket.destroy();
      else last.once('close', () => socket.destroySoon());
    }
  };
}

function refusal(request: FastifyRequest, settings: Settings): Problem | undefined {
  if (Buffer.byteLength(request.raw.url ?? '') > settings.MAX_URL_BYTES) {
    return new Problem('malformed-request', `The URL is longer than ${settings.MAX_URL_BYTES} bytes.`);
  }
  // RFC 9112 section 3.2: a request with more than one host, and an HTTP/1.1 request with none, is a 400.
  const hosts = countHosts(request.raw.rawHeaders);
  if (hosts > 1 || (hosts === 0 && request.raw.httpVersion === '1.1')) {
    return new Problem('malformed-request', 'A request names one host.');
  }
  return undefined;
}

/** Node takes the first one and tells nobody of the others. */
function countHosts(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts;
}

/** What Node reports of a request that it cannot read. */
type ParserError = Error & { readonly code?: string; readonly rawPacket?: unknown };

/** Answers in place of a reply, and ends the connection: nobody knows where the next request would begin. */
function refuse(
  problem: Problem,
  error: ParserError | undefined,
  socket: Duplex,
  observers: readonly ExchangeObserver[],
): void {
  if (error?.code === 'ECONNRESET' || socket.destroyed) return;
  const last = lastAnswers.get(socket);
  // What cannot be read may be the body of a request, which has an answer already.
  const inBody = last?.req.complete === false;
  const id = requestId({ headers: {} });
  const end = (): void => {
    if (socket.writable) socket.end(inBody ? undefined : rawProblem(problem, id));
    else socket.destroy();
    // A client that does not close its side would keep its place for as long as it likes.
    const timer = setTimeout(() => socket.destroy(), CLOSE_GRACE_MS);
    socket.once('close', () => clearTimeout(timer));
  };
  // Answers come in the order of their requests: those that are owed go first.
  if (last === undefined || last.closed) end();
  else last.once('close', end);
  if (inBody) return;
  const exchange = { method: 'unknown', route: UNMATCHED_ROUTE, seconds: 0 };
  const record = { outcome: problem.type };
  for (const observer of observers) observer({ ...exchange, requestId: id, status: problem.status, record });
}

function parserProblem(error: ParserError, settings: Settings): Problem {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      // The parser counts the URL as a header, and tells them apart for nobody.
      return urlLength(error.rawPacket) > settings.MAX_URL_BYTES
        ? new Problem('malformed-request', `The URL is longer than ${settings.MAX_URL_BYTES} bytes.`)
        : new Problem('headers-too-large', 'The request headers are too large.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request-timeout', 'The request did not arrive in time.');
    default:
      return new Problem('malformed-request', 'This is not an HTTP request that can be read.');
  }
}

/** Of the URL in a packet that begins with a request line; 0 when it begins in the midst of a request. */
function urlLength(packet: unknown): number {
  if (!Buffer.isBuffer(packet)) return 0;
  return /^[A-Z-]+ (\S+)/.exec(packet.toString('latin1'))?.[1]?.length ?? 0;
}
