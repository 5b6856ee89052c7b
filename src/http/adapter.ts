import type { ConfigType } from '@nestjs/config';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problem/problem.ts';
import { AllowedMethods, METHODS } from './allowed-methods.ts';
import { Connections } from './connections.ts';
import { Cors, variesByOrigin, varyByOrigin } from './cors.ts';
import { Exchanges, requestId } from './exchange.ts';
import { trustedProxy } from './forwarded-address.ts';
import type { httpConfig } from './http.config.ts';
import { answerOptions } from './options.ts';
import { parserProblem } from './parser-problem.ts';
import { answerProblem } from './problem.filter.ts';
import { asksForUpgrade, refusal } from './refusal.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { addServerTiming } from './server-timing.ts';

type HttpConfig = ConfigType<typeof httpConfig>;

/** Bytes of the request line and all headers: far more than any client or proxy sends. */
const MAX_HEADER_BYTES = 16_384;
/** More headers than any client or proxy sends, and few enough to be read in no time. */
const MAX_HEADERS = 100;
/** What Linux holds of an answer at most, by default, before more of it is taken. */
const SEND_BUFFER_BYTES = 4 * 1024 * 1024;
/** The longest that a timer of Node takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Fastify with the limits on the way in, and with a problem as the answer to whatever never reaches a route:
 * what the HTTP parser refuses, a URL that cannot be decoded, a request without a host.
 *
 * @param deadlineMs milliseconds for which a request may wait for its answer
 */
export function createAdapter(config: HttpConfig, deadlineMs: number): FastifyAdapter {
  const cors = new Cors(config, SECURITY_HEADERS);
  const exchanges = new Exchanges();
  const connections = new Connections(exchanges);
  const begin = (request: FastifyRequest, reply: FastifyReply): void => {
    const { socket } = request.raw;
    connections.owe(socket, reply.raw);
    if (asksForUpgrade(request.raw)) {
      connections.putOutOfStep(socket);
      reply.header('connection', 'close');
    }
    reply.headers(cors.headersFor(request.headers.origin));
    exchanges.begin(request, reply);
  };
  const adapter = new FastifyAdapter({
    genReqId: requestId,
    requestIdHeader: false,
    trustProxy: trustedProxy(config.trustedProxies),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    rewriteUrl: ({ url = '/' }) => (url.startsWith('/') ? url : originForm(url)),
    keepAliveTimeout: config.keepAliveTimeoutMs,
    connectionTimeout: stillness(config, deadlineMs),
    requestTimeout: config.requestTimeoutMs,
    routerOptions: { maxParamLength: MAX_HEADER_BYTES },
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      requireHostHeader: false,
      headersTimeout: config.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, config.requestTimeoutMs),
    },
    clientErrorHandler: (error, socket) => {
      connections.refuse(socket, parserProblem(error), error);
    },
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      if (!connections.accepts(request.raw.socket, request.id)) return;
      begin(request, reply);
      answerProblem(new Problem('malformed-request', 'The URL cannot be decoded.'), request, reply);
    },
  });

  const fastify = adapter.getInstance();
  fastify.server.maxHeadersCount = MAX_HEADERS;
  connections.watch(fastify.server);
  // RFC 9110 section 10.1.1: an expectation that is not known may be left unmet.
  fastify.server.on('checkExpectation', (request, response) => {
    fastify.routing(request, response);
  });
  fastify.server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy());
    const problem = new Problem('method-not-allowed', 'The service is not a proxy.', {
      headers: { allow: METHODS.join(', ') },
    });
    connections.refuse(socket, problem);
  });
  // Fastify's own HEAD routes state a length of 0 for a 304, which RFC 9110 section 8.6 forbids.
  fastify.addHook('onRoute', (route) => {
    if (route.method === 'GET') route.method = ['GET', 'HEAD'];
  });
  fastify.decorate('allowedMethods', new AllowedMethods(fastify));
  fastify.decorate('exchanges', exchanges);
  if (variesByOrigin(config)) fastify.addHook('onSend', varyByOrigin);
  if (config.serverTiming) fastify.addHook('onSend', addServerTiming);
  // No route takes a body: one that comes is left unread, whatever its type.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, _payload, done) => {
    done(null);
  });
  // Before the hooks of the adapter itself, some of which answer.
  adapter.setOnRequestHook((request, reply, done) => {
    const { socket } = request.raw;
    if (!connections.accepts(socket, request.id)) return;
    begin(request, reply);
    const problem = refusal(request.raw);
    if (problem?.headers['connection'] === 'close') connections.putOutOfStep(socket);
    if (problem === undefined && request.method === 'OPTIONS' && answerOptions(request, reply, cors)) return;
    exchanges.around(request, () => {
      done(problem);
    });
  });
  return adapter;
}

/**
 * How long nothing may move on a connection, in milliseconds: while a document is fetched nothing does, and a slow client
 * first takes what the system holds of its answer. For longer than that, only where it reads nothing or is gone.
 */
function stillness(config: HttpConfig, deadlineMs: number): number {
  const buffered = Math.ceil((SEND_BUFFER_BYTES / config.clientMinBytesPerSecond) * 1_000);
  return Math.min(deadlineMs + config.keepAliveTimeoutMs + buffered, MAX_TIMER_MS);
}

/** RFC 9112 section 3.2.2: a target may be a whole URL; of one without a path, the path is `/`. */
function originForm(target: string): string {
  const [, rest] = /^https?:\/\/[^/?#]*(.*)$/i.exec(target) ?? [];
  if (rest === undefined) return target;
  return rest.startsWith('/') ? rest : `/${rest}`;
}
