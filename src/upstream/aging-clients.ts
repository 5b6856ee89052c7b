import type { Socket } from 'node:net';
import { type buildConnector, Client, type Pool } from 'undici';

/**
 * Makes the clients of a pool. Each closes its connection after the first answer that ends when the connection is older than
 * `maxAgeMs`, and connects again for the next request, perhaps to another address of the name. `clientTtl` of undici does
 * the same, but reads the clock for each busy client whenever it looks for a free one.
 *
 * @param maxAgeMs milliseconds
 */
export function agingClients(
  connect: buildConnector.connector,
  maxAgeMs: number,
): NonNullable<Pool.Options['factory']> {
  return (origin, options) => {
    let socket: Socket | undefined;
    let expiresAt = Infinity;
    const client = new Client(origin, {
      ...options,
      connect: (target, callback) => {
        connect(target, (...[error, connected]) => {
          if (error !== null) {
            callback(error, null);
            return;
          }
          socket = connected;
          expiresAt = performance.now() + maxAgeMs;
          callback(null, connected);
        });
      },
    });
    // Before the listener of the pool, which gives the client its next request.
    return client.on('drain', () => {
      if (performance.now() >= expiresAt) socket?.destroy();
    });
  };
}
