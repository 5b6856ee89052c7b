import type { buildConnector } from 'undici';

/** Knows since when a connection has been there that an error has broken. */
export class ConnectionTimes {
  readonly #connectedAt = new WeakMap<object, number>();

  /** Connections whose errors are known here. */
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

  /** Whether the error has broken a connection that was there at that time, by the clock of `performance`. */
  wasThere(error: object, at: number): boolean {
    return (this.#connectedAt.get(error) ?? Infinity) < at;
  }
}
