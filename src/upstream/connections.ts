import type { Socket } from 'node:net';
import { buildConnector, Client, type Pool } from 'undici';
import { skipInterimAnswers } from './interim-answers.ts';

/** The maximum size of the headers of an answer, in bytes. */
export const MAX_HEADER_BYTES = 16_384;
/** The time limit for a new connection, in milliseconds. */
const CONNECT_TIMEOUT_MS = 1_000;

/** Makes the clients of a pool, and knows when each connection was made. */
export class Connections {
  readonly #connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, allowH2: false });
  /** When the connection was made that an error broke. */
  readonly #connectedAt = new WeakMap<object, number>();

  /** @param maxAgeMs how long a connection is reused, in milliseconds */
  constructor(private readonly maxAgeMs: number) {}

  /**
   * Each client closes its connection after the first answer that ends when it is too old, and connects again,
   * perhaps to another address of the name. `clientTtl` of undici reads the clock for each busy client on every
   * request.
   */
  readonly factory: NonNullable<Pool.Options['factory']> = (origin, options) => {
    let socket: Socket | undefined;
    let expiresAt = Infinity;
    const client = new Client(origin, {
      ...options,
      connect: (target, callback) => {
        this.#connect(target, (...result) => {
          const [error, connected] = result;
          if (error === null) {
            const now = performance.now();
            connected.once('error', (broken: Error) => this.#connectedAt.set(broken, now));
            skipInterimAnswers(connected, MAX_HEADER_BYTES);
            socket = connected;
            expiresAt = now + this.maxAgeMs;
          }
          callback(...result);
        });
      },
    });
    // Before the listener of the pool, which gives the client its next request.
    return client.on('drain', () => {
      if (performance.now() >= expiresAt) socket?.destroy();
    });
  };

  /** Whether the error broke a connection that was made before `at`, by the clock of `performance`. */
  wasThere(error: unknown, at: number): boolean {
    return (this.#connectedAt.get(error as object) ?? Infinity) < at;
  }
}
