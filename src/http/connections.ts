import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Problem, PROBLEM_HEADERS } from '../problem/problem.ts';
import { type Exchanges, requestId, type RequestRecord, UNMATCHED_ROUTE } from './exchange.ts';
import { stopParsingWhen } from './parser-stop.ts';
import type { ParserError } from './refusal.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** The time for a client to close its side of a connection before it is destroyed, in milliseconds. */
const CLOSE_GRACE_MS = 1_000;
/** The maximum of a body that is read after the answer to its request, in bytes. */
const MAX_AFTER_ANSWER = 64 * 1024;
/** Unanswered requests allowed on one connection. Each costs kilobytes here, but only a few bytes to send. */
const MAX_PIPELINED = 10;

declare module 'fastify' {
  interface FastifyInstance {
    connections: Connections;
  }
}

interface Connection {
  unanswered: number;
  last: ServerResponse | undefined;
  /** Further input is ignored, because the start of the next request is unknown. */
  ignoresFurther: boolean;
  isRefused: boolean;
}

/**
 * Tracks the unanswered requests of each connection and ends connections. A connection ends after its pending
 * answers, because answers follow the order of requests, or at once when it has too many.
 */
export class Connections {
  readonly #connections = new WeakMap<Duplex, Connection>();
  readonly #sockets = new Set<Socket>();

  /** @param exchanges tells when an answer ends, and learns of requests that are refused here */
  constructor(private readonly exchanges: Exchanges) {
    exchanges.observe({
      end: ({ request }) => {
        if (request === undefined) return;
        this.#of(request.raw.socket).unanswered -= 1;
        limitBody(request.raw);
      },
    });
  }

  track(socket: Duplex, answer: ServerResponse): void {
    const connection = this.#of(socket);
    connection.unanswered += 1;
    connection.last = answer;
  }

  /** Whether this is the answer to the latest request on this connection: answers of earlier ones come before it. */
  isLatest(socket: Duplex, answer: ServerResponse): boolean {
    return this.#of(socket).last === answer;
  }

  ignoreFurther(socket: Duplex): void {
    this.#of(socket).ignoresFurther = true;
  }

  /**
   * Whether to process a request: Node may parse more from a packet after `ignoreFurther`. A client that exceeds
   * MAX_PIPELINED without reading would hold the memory of all pending answers, so its connection is destroyed. It is
   * recorded as 400: a client must not be able to cause apparent failures of the service.
   */
  accepts(socket: Duplex, id: string): boolean {
    const { unanswered, ignoresFurther } = this.#of(socket);
    if (ignoresFurther) return false;
    if (unanswered < MAX_PIPELINED) return true;
    this.ignoreFurther(socket);
    socket.destroy();
    const cause = `more than ${MAX_PIPELINED} requests at once on one connection`;
    this.#report(id, 400, { outcome: 'malformed-request', cause });
    return false;
  }

  /**
   * Writes a problem to the socket and ends the connection.
   * @param error the parser error, if the parser rejected the input
   */
  refuse(socket: Duplex, problem: Problem, error?: ParserError): void {
    const connection = this.#of(socket);
    const { last, isRefused } = connection;
    // Node reports the same error again for each packet that follows.
    if (error?.code === 'ECONNRESET' || socket.destroyed || isRefused) return;
    // The invalid input may be in the body of a request that already has an answer.
    const inBody = last?.req.complete === false;
    if (error?.code === 'ERR_HTTP_REQUEST_TIMEOUT' && !inBody) {
      // Reads the socket first: after a standstill of the process, the rest of the request may have arrived.
      setImmediate(() => this.#of(socket).last === last && this.refuse(socket, problem));
      return;
    }
    connection.isRefused = true;
    this.ignoreFurther(socket);
    const id = requestId({ headers: {} });
    const end = (): void => {
      if (socket.writable) socket.end(inBody ? undefined : rawProblem(problem, id));
      else socket.destroy();
      // A client that does not close its side would keep the connection open.
      const timer = setTimeout(() => socket.destroy(), CLOSE_GRACE_MS);
      socket.once('close', () => clearTimeout(timer));
    };
    if (last === undefined || last.closed) end();
    else last.once('close', end);
    if (!inBody) this.#report(id, problem.status, { outcome: problem.type });
  }

  /**
   * Closes connections without traffic, but reads them first: see refuse(). Makes the server wait for pending answers
   * when it closes. Node alone ignores unsent data, and treats a connection with an incomplete request as busy.
   */
  watch(server: Server): void {
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      stopParsingWhen(socket, () => this.#of(socket).ignoresFurther);
    });
    server.on('timeout', (socket: Socket) => {
      const { bytesRead } = socket;
      setImmediate(() => socket.bytesRead === bytesRead && socket.destroy());
    });
    server.closeIdleConnections = () => {
      for (const socket of this.#sockets) {
        const { last } = this.#of(socket);
        if (last === undefined || last.closed) socket.destroy();
        else last.once('close', () => socket.destroySoon());
      }
    };
  }

  #of(socket: Duplex): Connection {
    let connection = this.#connections.get(socket);
    if (connection === undefined) {
      connection = { unanswered: 0, last: undefined, ignoresFurther: false, isRefused: false };
      this.#connections.set(socket, connection);
    }
    return connection;
  }

  #report(requestId: string, status: number, record: RequestRecord): void {
    this.exchanges.end({ requestId, method: 'unknown', route: UNMATCHED_ROUTE, seconds: 0, status, record });
  }
}

/** Ends the connection of a client that still sends a long body after its answer: to discard it takes time as well. */
function limitBody(request: IncomingMessage): void {
  if (request.complete) return;
  const { socket } = request;
  const end = socket.bytesRead + MAX_AFTER_ANSWER;
  const check = (): void => {
    if (request.complete) socket.off('data', check);
    else if (socket.bytesRead > end) {
      socket.pause();
      setTimeout(() => socket.destroy(), CLOSE_GRACE_MS);
    }
  };
  socket.on('data', check);
}

/** Serializes a whole HTTP answer, for a request that the parser rejected, which has no reply object. */
export function rawProblem(problem: Problem, instance: string): string {
  const body = problem.toBody(instance);
  const headers = {
    ...SECURITY_HEADERS,
    ...PROBLEM_HEADERS,
    ...problem.headers,
    'x-request-id': instance,
    // RFC 9110 section 6.6.1
    date: new Date().toUTCString(),
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}
