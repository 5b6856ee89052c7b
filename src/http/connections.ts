import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Problem } from '../problem/problem.ts';
import { type Exchanges, requestId, type RequestRecord, UNMATCHED_ROUTE } from './exchange.ts';
import type { ParserError } from './parser-problem.ts';
import { stopParsingWhen } from './parser-stop.ts';
import { rawProblem } from './raw-problem.ts';

/** What a client has to close a connection on its side, in milliseconds, before it is cut. */
const CLOSE_GRACE_MS = 1_000;
/** Requests that one connection may send ahead of their answers: each takes some kilobytes, and a few bytes to send. */
const MAX_PIPELINED = 10;

interface Connection {
  /** How many answers are owed on it. */
  owed: number;
  /** The last answer that it is to carry, or has carried. */
  last: ServerResponse | undefined;
  /** Nothing that comes on it is looked at any more: nobody knows where the next request begins. */
  isOutOfStep: boolean;
  /** What came could not be read, and has its answer. */
  isRefused: boolean;
}

/**
 * What is owed on each connection, and how one is ended: after the answers that are owed when it can be, since
 * answers come in the order of their requests, and at once when they are too many.
 */
export class Connections {
  readonly #connections = new WeakMap<Duplex, Connection>();
  readonly #exchanges: Exchanges;
  readonly #sockets = new Set<Socket>();

  /** @param exchanges is told of what is refused here, which no route ever sees */
  constructor(exchanges: Exchanges) {
    this.#exchanges = exchanges;
  }

  /** Notes an answer that is owed from now on. */
  owe(socket: Duplex, answer: ServerResponse): void {
    const connection = this.#of(socket);
    connection.owed += 1;
    connection.last = answer;
    answer.once('close', () => {
      connection.owed -= 1;
    });
  }

  /** Lets no further request on it be looked at. */
  putOutOfStep(socket: Duplex): void {
    this.#of(socket).isOutOfStep = true;
  }

  /**
   * Whether a request on it is to be looked at. Node reads on in what came with one that put the connection out of step;
   * and whoever sends far ahead of the answers, and reads none, would keep those that are owed: that ends the connection,
   * and what it holds with it. It is no failure of the service, which anybody could make it look like.
   */
  accepts(socket: Duplex, id: string): boolean {
    const { owed, isOutOfStep } = this.#of(socket);
    if (isOutOfStep) return false;
    if (owed < MAX_PIPELINED) return true;
    this.putOutOfStep(socket);
    socket.destroy();
    const cause = `more than ${MAX_PIPELINED} requests at once on one connection`;
    this.#tell(id, 400, { outcome: 'malformed-request', cause });
    return false;
  }

  /**
   * Answers in place of a reply, and ends the connection.
   *
   * @param error what the parser says, when it is the one who refuses
   */
  refuse(socket: Duplex, problem: Problem, error?: ParserError): void {
    const connection = this.#of(socket);
    const { last, isRefused } = connection;
    // Node says so of every packet that follows.
    if (error?.code === 'ECONNRESET' || socket.destroyed || isRefused) return;
    connection.isRefused = true;
    this.putOutOfStep(socket);
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
    if (last === undefined || last.closed) end();
    else last.once('close', end);
    if (!inBody) this.#tell(id, problem.status, { outcome: problem.type });
  }

  /**
   * Makes the server's closing wait for answers that are on their way: Node takes one for over once it was handed
   * over, sent or not, and a connection for busy as long as a request on it is not complete.
   */
  watch(server: Server): void {
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      stopParsingWhen(socket, () => this.#of(socket).isOutOfStep);
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
      connection = { owed: 0, last: undefined, isOutOfStep: false, isRefused: false };
      this.#connections.set(socket, connection);
    }
    return connection;
  }

  #tell(requestId: string, status: number, record: RequestRecord): void {
    this.#exchanges.end({
      requestId,
      method: 'unknown',
      route: UNMATCHED_ROUTE,
      seconds: 0,
      status,
      record,
    });
  }
}
