/** The load generator, a separate process. */
import { serveCommands } from './helper-process.ts';
import { type Answer, LoadConnection } from './load-connection.ts';
import { percentile } from './statistics.ts';

export interface LoadCommand {
  readonly port: number;
  /** `/{id}` stands for different ids. Any other path is used unchanged. */
  readonly path: string;
  readonly ids?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
  /** Ends early after this many requests. */
  readonly requests?: number;
  /**
   * Requests a second at even intervals, independent of the answers. Each is timed from its planned start, so waiting
   * for a free connection counts. Without it, each connection sends the next request after each answer.
   */
  readonly perSecond?: number;
}

export interface LoadResult {
  readonly requests: number;
  /** The time from the first request to the last answer. */
  readonly seconds: number;
  readonly bytes: number;
  /** 503 answers: the proxy was overloaded. */
  readonly shed: number;
  /** Answers with another status than 200, and incomplete ones. */
  readonly failures: number;
  readonly firstFailure?: string;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Kept open from the warm-up to the measurement. */
let open: { readonly key: string; readonly connections: LoadConnection[] } | undefined;

async function connectionsFor({ port, connections: count }: LoadCommand): Promise<LoadConnection[]> {
  const key = `${port} ${count}`;
  if (open?.key !== key) {
    for (const connection of open?.connections ?? []) connection.close();
    open = { key, connections: Array.from({ length: count }, () => new LoadConnection(port)) };
    await Promise.all(open.connections.map((connection) => connection.connect()));
  }
  return open.connections;
}

/** Counts requests over all commands, so that each window has new ids. */
let asked = 0;

function requestWriter({ path, ids = 1_000_000, headers }: LoadCommand): () => string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const rest = ` HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n${lines.join('')}\r\n`;
  if (path !== '/{id}') return () => `GET ${path}${rest}`;
  return () => `GET /${1 + (asked++ % ids)}${rest}`;
}

class Tally {
  readonly #milliseconds: number[] = [];
  #bytes = 0;
  #shed = 0;
  #failures = 0;
  #firstFailure: string | undefined;

  count(since: number, answer: Answer): void {
    this.#milliseconds.push(performance.now() - since);
    this.#bytes += answer.bytes;
    if (answer.status === 503) this.#shed += 1;
    if (answer.failure === undefined || answer.status === 503) return;
    this.#failures += 1;
    this.#firstFailure ??= answer.failure;
  }

  result(seconds: number): LoadResult {
    const sorted = Float64Array.from(this.#milliseconds).sort();
    return {
      requests: sorted.length,
      seconds,
      bytes: this.#bytes,
      shed: this.#shed,
      failures: this.#failures,
      ...(this.#firstFailure !== undefined && { firstFailure: this.#firstFailure }),
      p50: percentile(sorted, 0.5),
      p99: percentile(sorted, 0.99),
    };
  }
}

async function run(command: LoadCommand): Promise<LoadResult> {
  const connections = await connectionsFor(command);
  const { perSecond } = command;
  const startedAt = performance.now();
  const tally =
    perSecond === undefined
      ? await saturate(connections, command)
      : await pace(connections, command, perSecond);
  return tally.result((performance.now() - startedAt) / 1000);
}

function saturate(connections: readonly LoadConnection[], command: LoadCommand): Promise<Tally> {
  const tally = new Tally();
  const write = requestWriter(command);
  const end = performance.now() + command.seconds * 1000;
  let left = command.requests ?? Infinity;
  let busy = connections.length;
  return new Promise((resolve) => {
    const ask = (connection: LoadConnection): void => {
      const now = performance.now();
      if (now >= end || left-- <= 0) {
        if (--busy === 0) resolve(tally);
        return;
      }
      connection.ask(write(), (answer) => {
        tally.count(now, answer);
        ask(connection);
      });
    };
    connections.forEach(ask);
  });
}

function pace(
  connections: readonly LoadConnection[],
  command: LoadCommand,
  perSecond: number,
): Promise<Tally> {
  const tally = new Tally();
  const write = requestWriter(command);
  // The connection that was idle longest is first, so that all are used.
  const idle = [...connections];
  const waiting: number[] = [];
  const total = Math.min(Math.round(command.seconds * perSecond), command.requests ?? Infinity);
  const startedAt = performance.now();
  let due = 0;
  let answered = 0;
  return new Promise((resolve) => {
    const ask = (connection: LoadConnection, since: number): void =>
      connection.ask(write(), (answer) => {
        tally.count(since, answer);
        answered += 1;
        const late = waiting.shift();
        if (late !== undefined) ask(connection, late);
        else idle.push(connection);
        if (answered === total) resolve(tally);
      });
    // Polls, because timers are up to a millisecond late. The proxies use another core.
    const poll = (): void => {
      const now = performance.now();
      for (; due < total; due += 1) {
        const since = startedAt + (due * 1000) / perSecond;
        if (since > now) break;
        const connection = idle.shift();
        if (connection === undefined) waiting.push(since);
        else ask(connection, since);
      }
      if (due < total) setImmediate(poll);
    };
    poll();
  });
}

serveCommands(run);
