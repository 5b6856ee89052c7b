import type { ConfigType } from '@nestjs/config';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problem/problem.ts';
import { Connections } from './connections.ts';
import { Cors, variesByOrigin, varyByOrigin } from './cors.ts';
import { Exchanges, requestId } from './exchange.ts';
import { trustedProxy } from './forwarded-address.ts';
import type { httpConfig } from './http.config.ts';
import { ALLOW, answerOptions, KnownPaths } from './known-paths.ts';
import { answerProblem } from './problem.filter.ts';
import { asksForUpgrade, parserProblem, refusal } from './refusal.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

type HttpConfig = ConfigType<typeof httpConfig>;

/** The maximum size of request line and headers in bytes, far above what clients and proxies send. */
const MAX_HEADER_BYTES = 16_384;
/** More than clients and proxies send, and few enough to parse fast. */
const MAX_HEADERS = 100;
/** The default maximum that Linux buffers of an answer, in bytes. */
const SEND_BUFFER_BYTES = 4 * 1024 * 1024;
/** The maximum delay of a timer of Node. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Creates a Fastify adapter with limits on requests. It answers with a problem what never reaches a route.
 * @param deadlineMs the maximum time until the answer to a request, in milliseconds
 */
export function createAdapter(config: HttpConfig, deadlineMs: number): FastifyAdapter {
  const cors = new Cors(config, SECURITY_HEADERS);
  const exchanges = new Exchanges();
  const connections = new Connections(exchanges);
  const begin = (request: FastifyRequest, reply: FastifyReply): void => {
    const { socket } = request.raw;
    connections.track(socket, reply.raw);
    if (asksForUpgrade(request.raw)) {
      connections.ignoreFurther(socket);
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
    connectionTimeout: inactivityTimeout(config, deadlineMs),
    requestTimeout: config.requestTimeoutMs,
    routerOptions: { maxParamLength: MAX_HEADER_BYTES },
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      requireHostHeader: false,
      headersTimeout: config.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, config.requestTimeoutMs),
    },
    clientErrorHandler: (error, socket) => connections.refuse(socket, parserProblem(error), error),
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      if (!connections.accepts(request.raw.socket, request.id)) return;
      begin(request, reply);
      answerProblem(new Problem('malformed-request', 'The URL cannot be decoded.'), request, reply);
    },
  });

  const fastify = adapter.getInstance();
  fastify.server.maxHeadersCount = MAX_HEADERS;
  connections.watch(fastify.server);
  // RFC 9110 section 10.1.1: an unknown expectation may be ignored.
  fastify.server.on('checkExpectation', (request, response) => fastify.routing(request, response));
  fastify.server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy());
    const headers = { allow: ALLOW };
    connections.refuse(socket, new Problem('method-not-allowed', 'The service is not a proxy.', { headers }));
  });
  // The HEAD routes of Fastify send a Content-Length of 0 with a 304, which RFC 9110 section 8.6 forbids.
  fastify.addHook('onRoute', (route) => {
    if (route.method === 'GET') route.method = ['GET', 'HEAD'];
  });
  fastify.decorate('knownPaths', new KnownPaths(fastify));
  fastify.decorate('exchanges', exchanges);
  fastify.decorate('connections', connections);
  if (variesByOrigin(config)) fastify.addHook('onSend', varyByOrigin);
  // No route takes a body. A body of any type is left unread.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, _payload, done) => done(null));
  // Runs before the other hooks of the adapter, because some of them answer.
  adapter.setOnRequestHook((request, reply, done) => {
    const { socket } = request.raw;
    if (!connections.accepts(socket, request.id)) return;
    begin(request, reply);
    const problem = refusal(request.raw);
    if (problem?.headers['connection'] === 'close') connections.ignoreFurther(socket);
    if (problem === undefined && request.method === 'OPTIONS' && answerOptions(request, reply, cors)) return;
    exchanges.around(request, () => done(problem));
  });
  return adapter;
}

/**
 * The maximum time without traffic on a connection, in milliseconds: the deadline, the keep-alive timeout, and the
 * time in which a slow client drains the send buffer of the kernel. After that, the client no longer reads.
 */
function inactivityTimeout(config: HttpConfig, deadlineMs: number): number {
  const buffered = Math.ceil((SEND_BUFFER_BYTES / config.clientMinBytesPerSecond) * 1_000);
  return Math.min(deadlineMs + config.keepAliveTimeoutMs + buffered, MAX_TIMER_MS);
}

/** RFC 9112 section 3.2.2: the target may be an absolute URL. Without a path, its path is `/`. */
function originForm(target: string): string {
  const [, rest] = /^https?:\/\/[^/?#]*(.*)$/i.exec(target) ?? [];
  if (rest === undefined) return target;
  return rest.startsWith('/') ? rest : `/${rest}`;
}
