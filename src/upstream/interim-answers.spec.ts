import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { resilienceConfig } from '../resilience/resilience.config.ts';
import { UpstreamClient } from './upstream.client.ts';
import { upstreamConfig } from './upstream.config.ts';

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** An upstream that answers each request with these packets, in order. */
async function clientOf(packets: readonly string[]): Promise<UpstreamClient> {
  const server = createServer((socket) => {
    socket.setNoDelay(true).on('error', () => undefined);
    socket.on('data', () => {
      void (async () => {
        for (const packet of packets) {
          socket.write(packet, 'latin1');
          for (let turns = 0; turns < 5; turns += 1) await turn();
        }
      })();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  const client = new UpstreamClient(
    upstreamConfig({
      UPSTREAM_URL: `http://127.0.0.1:${port}/{id}`,
      UPSTREAM_HEADERS_TIMEOUT_MS: '1000',
    }),
    resilienceConfig(),
  );
  closing.push(() => client.onApplicationShutdown());
  return client;
}

async function ask(client: UpstreamClient): Promise<string> {
  const { signal } = new AbortController();
  return (await client.fetch('1', { signal, reserve: () => true, headers: {} })).toString('latin1');
}

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n';
const BODY = `${CONTINUE}and ${HINTS}`;
const ANSWER = `HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n\r\n`;

describe('interim answers', () => {
  it.each([
    ['in the packet of the answer', [CONTINUE + ANSWER + BODY]],
    ['in a packet of their own', [CONTINUE, ANSWER + BODY]],
    ['of several kinds, many of them', [HINTS + CONTINUE + CONTINUE, HINTS, CONTINUE + ANSWER, BODY]],
    ['of HTTP/1.0, without a reason', ['HTTP/1.0 100\r\n\r\n', ANSWER + BODY]],
    ['byte by byte', [...Array.from(CONTINUE + HINTS + ANSWER), BODY]],
    ['not at all', [ANSWER, BODY]],
  ])('should be skipped, with the document unchanged: %s', async (_, packets) => {
    const client = await clientOf(packets);
    expect(await ask(client)).toBe(BODY);
    // Also on a connection that was used before.
    expect(await ask(client)).toBe(BODY);
  });

  it('should not include an unrequested switch of protocols', async () => {
    const client = await clientOf([
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    ]);
    await expect(ask(client)).rejects.toMatchObject({ name: 'UpstreamFailure' });
  });

  it('should be bounded', async () => {
    const endless = `HTTP/1.1 100 Continue\r\nX-Padding: ${'x'.repeat(20_000)}`;
    await expect(ask(await clientOf([endless, endless]))).rejects.toMatchObject({ name: 'UpstreamFailure' });
  });
});
