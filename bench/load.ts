/** Makes the load, as a process of its own. */
import { serveCommands } from './helper-process.ts';
import { type Answer, LoadConnection } from './load-connection.ts';
import { percentile } from './statistics.ts';

export interface LoadCommand {
  readonly port: number;
  /** `/{id}` stands for as many different ids as asked for, any other path for itself. */
  readonly path: string;
  readonly ids?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
  /** Ends before its time after so many requests. */
  readonly requests?: number;
  /**
   * Requests a second at even intervals, whatever comes back, each timed from when it was due: one that has to wait
   * because others are late is late itself. Without it, each connection asks again as soon as it has its answer.
   */
  readonly perSecond?: number;
}

export interface LoadResult {
  readonly requests: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  readonly bytes: number;
  /** Answers 503: there was too much load for the proxy. */
  readonly shed: number;
  /** Answers with another status but 200, and those that did not come whole. */
  readonly failures: number;
  readonly firstFailure?: string;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Kept between the warm-up and the windows that are measured. */
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

/** Counts on over the commands, so that ids are not the same in each window. */
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
  // The one that was idle for longest comes first, so that all are used.
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
    // Timers are a millisecond late: it looks again and again instead, which the proxies have the other core for.
    const look = (): void => {
      const now = performance.now();
      for (; due < total; due += 1) {
        const since = startedAt + (due * 1000) / perSecond;
        if (since > now) break;
        const connection = idle.shift();
        if (connection === undefined) waiting.push(since);
        else ask(connection, since);
      }
      if (due < total) setImmediate(look);
    };
    look();
  });
}

serveCommands(run);
