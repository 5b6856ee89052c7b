import type { buildConnector } from 'undici';

/** Records when each connection was made, to tell whether an error broke a reused one. */
export class ConnectionTimes {
  readonly #connectedAt = new WeakMap<object, number>();

  /** Wraps a connector to record its connections. */
  watch(connect: buildConnector.connector): buildConnector.connector {
    return (options, callback) => {
      connect(options, (...[error, socket]) => {
        if (error !== null) {
          callback(error, null);
          return;
        }
        const connectedAt = performance.now();
        socket.once('error', (broken: Error) => this.#connectedAt.set(broken, connectedAt));
        callback(null, socket);
      });
    };
  }

  /** Whether the error broke a connection that was made before `at`, by the clock of `performance`. */
  wasThere(error: object, at: number): boolean {
    return (this.#connectedAt.get(error) ?? Infinity) < at;
  }
}
