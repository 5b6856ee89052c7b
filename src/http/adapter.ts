import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AllowedMethods, METHODS } from '../problem/allowed-methods.ts';
import { answerProblem } from '../problem/problem.filter.ts';
import { Problem, rawProblem } from '../problem/problem.ts';
import type { Settings } from '../settings/settings.ts';
import type { RequestSpan } from '../tracing/tracing.ts';
import { Cors, variesByOrigin, varyByOrigin } from './cors.ts';
import { type ExchangeObserver, observeExchange, requestId, UNMATCHED_ROUTE } from './exchange.ts';
import { answerOptions } from './options.ts';
import { type ParserError, parserProblem } from './parser-problem.ts';
import { refusal } from './refusal.ts';
import { currentRequest } from './request-context.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { addServerTiming } from './server-timing.ts';

/** More headers than any client or proxy sends, and few enough to be read in no time. */
const MAX_HEADERS = 100;
/** What a client has to close a connection on its side, in milliseconds, before it is cut. */
const CLOSE_GRACE_MS = 1_000;
/** Requests that one connection may send ahead of their answers: each takes some kilobytes, and a few bytes to send. */
const MAX_PIPELINED = 100;
/** How many answers each connection is owed. */
const answersOwed = new WeakMap<Duplex, number>();
/** The last answer that each connection is to carry, or has carried. */
const lastAnswers = new WeakMap<Duplex, ServerResponse>();
/** Connections on which nobody knows where the next request begins. */
const outOfStep = new WeakSet<Duplex>();

/**
 * Fastify with the limits on the way in, and with a problem as the answer to whatever never reaches a route:
 * what the HTTP parser refuses, a URL that cannot be decoded, a request without a host.
 */
export function createAdapter(settings: Settings, observers: readonly ExchangeObserver[]): FastifyAdapter {
  const cors = new Cors(settings, SECURITY_HEADERS);
  const begin = (request: FastifyRequest, reply: FastifyReply): RequestSpan | undefined => {
    const { socket } = request.raw;
    lastAnswers.set(socket, reply.raw);
    answersOwed.set(socket, (answersOwed.get(socket) ?? 0) + 1);
    reply.raw.once('close', () => answersOwed.set(socket, (answersOwed.get(socket) ?? 1) - 1));
    reply.headers(cors.headersFor(request.headers.origin));
    return observeExchange(request, reply, observers);
  };
  const adapter = new FastifyAdapter({
    genReqId: requestId,
    requestIdHeader: false,
    trustProxy: trustProxy(settings),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    rewriteUrl: ({ url = '/' }) => (url.startsWith('/') ? url : originForm(url)),
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
      begin(request, reply);
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
      headers: { allow: METHODS.join(', ') },
    });
    refuse(problem, undefined, socket, observers);
  });
  // Fastify's own HEAD routes state a length of 0 for a 304, which RFC 9110 section 8.6 forbids.
  fastify.addHook('onRoute', (route) => {
    if (route.method === 'GET') route.method = ['GET', 'HEAD'];
  });
  fastify.decorate('allowedMethods', new AllowedMethods(fastify));
  if (variesByOrigin(settings)) fastify.addHook('onSend', varyByOrigin);
  if (settings.SERVER_TIMING) fastify.addHook('onSend', addServerTiming);
  // No route takes a body: one that comes is left unread, whatever its type.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, _payload, done) => {
    done(null);
  });
  // Before the hooks of the adapter itself, some of which answer.
  adapter.setOnRequestHook((request, reply, done) => {
    const { socket } = request.raw;
    // Node reads on in what came with the request that was refused.
    if (outOfStep.has(socket)) return;
    if ((answersOwed.get(socket) ?? 0) >= MAX_PIPELINED) {
      outOfStep.add(socket);
      cut(socket, request.id, observers);
      return;
    }
    const span = begin(request, reply);
    const problem = refusal(request.raw, settings);
    if (problem?.headers['connection'] === 'close') outOfStep.add(socket);
    if (problem === undefined && request.method === 'OPTIONS' && answerOptions(request, reply, cors)) return;
    currentRequest.run({ id: request.id, span }, done, problem);
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

/** RFC 9112 section 3.2.2: a target may be a whole URL; of one without a path, the path is `/`. */
function originForm(target: string): string {
  const [, rest] = /^https?:\/\/[^/?#]*(.*)$/i.exec(target) ?? [];
  if (rest === undefined) return target;
  return rest.startsWith('/') ? rest : `/${rest}`;
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

/**
 * Ends a connection at once, and what it holds with it: whoever reads no answers would keep those that are owed. It is
 * no failure of the service, which anybody could make it look like.
 */
function cut(socket: Socket, id: string, observers: readonly ExchangeObserver[]): void {
  socket.destroy();
  const cause = `more than ${MAX_PIPELINED} requests at once on one connection`;
  const exchange = { method: 'unknown', route: UNMATCHED_ROUTE, seconds: 0 };
  const record = { outcome: 'malformed-request', cause } as const;
  for (const observer of observers) observer({ ...exchange, requestId: id, status: 400, record });
}

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
    if (socket.writable) socket.end(inBody ? undefined : rawProblem(problem, id, SECURITY_HEADERS));
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
