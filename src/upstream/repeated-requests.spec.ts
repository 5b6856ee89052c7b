import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { resilienceConfig } from '../resilience/resilience.config.ts';
import { UpstreamClient } from './upstream.client.ts';
import { upstreamConfig } from './upstream.config.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody';

let end: (() => Promise<void>) | undefined;

afterEach(async () => {
  await end?.();
  end = undefined;
});

/** A client, and a server that gets the number of each request on its connection and in total, both from 1. */
async function clientOf(
  answer: (socket: Socket, onConnection: number, inAll: number) => void,
): Promise<{ fetch: () => Promise<string>; counts: { requests: number; connections: number } }> {
  const counts = { requests: 0, connections: 0 };
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    counts.connections += 1;
    sockets.push(socket);
    let requests = 0;
    socket.on('error', () => undefined);
    socket.on('data', () => {
      requests += 1;
      counts.requests += 1;
      answer(socket, requests, counts.requests);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new UpstreamClient(
    upstreamConfig({ UPSTREAM_URL: `http://127.0.0.1:${port}/{id}` }),
    resilienceConfig(),
  );
  end = async () => {
    await client.onApplicationShutdown();
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  const context = { signal: new AbortController().signal, reserve: () => true, headers: {} };
  return {
    counts,
    fetch: async () => {
      const body = await client.fetch('1', context);
      // undici reuses the connection only after a turn of the event loop.
      await sleep(10);
      return String(body);
    },
  };
}

describe('a request that breaks before its answer', () => {
  it.each([
    ['closed', (socket: Socket) => socket.end()],
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
  ])('should be repeated on a new connection when the kept one is %s', async (_, breakOff) => {
    const { fetch, counts } = await clientOf((socket, onConnection) => {
      if (onConnection === 1) socket.write(ANSWER);
      else breakOff(socket);
    });
    for (let i = 0; i < 3; i += 1) expect(await fetch()).toBe('body');
    expect(counts.requests).toBeGreaterThan(3);
  });

  it('should be repeated once, and never on another connection that was kept', async () => {
    const { fetch, counts } = await clientOf((socket, onConnection, inAll) => {
      // Both answers are late, so that each request gets its own connection.
      if (inAll === 2) for (const one of [first, socket]) one?.write(ANSWER);
      else if (onConnection > 1 || inAll > 2) socket.destroy();
      else first = socket;
    });
    let first: Socket | undefined;
    expect(await Promise.all([fetch(), fetch()])).toEqual(['body', 'body']);
    await expect(fetch()).rejects.toMatchObject({ kind: 'reset' });
    expect(counts).toEqual({ requests: 4, connections: 3 });
  });

  it('should fail on a connection that was made for it', async () => {
    const { fetch, counts } = await clientOf((socket) => {
      socket.destroy();
    });
    await expect(fetch()).rejects.toMatchObject({ kind: 'reset' });
    expect(counts.requests).toBe(1);
  });

  it('should fail inside the body, wherever it was sent', async () => {
    const { fetch, counts } = await clientOf((socket, onConnection) => {
      if (onConnection === 1) socket.write(ANSWER);
      else socket.end(ANSWER.slice(0, -1));
    });
    expect(await fetch()).toBe('body');
    await expect(fetch()).rejects.toMatchObject({ kind: 'truncated' });
    expect(counts.requests).toBe(2);
  });
});
