import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { eventually } from '../eventually.ts';
import { type Gateway, startGateway, withGateway } from './harness.ts';
import { type Health, readiness } from './readiness.ts';

/**
 * Checks that a service becomes ready within 15 s and stays ready for 5 s, with an upstream that answers HEAD like
 * this.
 */
async function staysReady(name: string, head: (socket: Socket) => unknown): Promise<void> {
  const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.on('data', (data) => (data.toString().startsWith('HEAD') ? head(socket) : socket.write(answer)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const started = await startGateway({
    UPSTREAM_URL: `http://127.0.0.1:${port}/{id}`,
    READINESS_UPSTREAM: 'always',
  });
  try {
    await eventually(async () => {
      expect([name, (await readiness(started))[0]]).toEqual([name, 200]);
    }, 15_000);
    const until = performance.now() + 5_000;
    while (performance.now() < until) {
      expect([name, ...(await readiness(started))]).toEqual([name, 200, 'ok', []]);
      await sleep(100);
    }
  } finally {
    await started.close();
    server.close();
    for (const socket of sockets) socket.destroy();
  }
}

// The tests wait rather than compute, each with its own services: they run side by side.
describe('/health/ready', () => {
  it.concurrent(
    'should be unready until the upstream was reached once, degraded when it dies, ready when it is back',
    async () => {
      await withGateway({}, {}, async (started) => {
        const { upstream } = started;
        await upstream.down();
        expect(await readiness(started)).toEqual([503, 'error', ['upstream']]);
        await upstream.up();
        await eventually(async () => {
          expect(await readiness(started)).toEqual([200, 'ok', []]);
        }, 10_000);

        await upstream.down();
        const seen = new Set<string>();
        await eventually(async () => {
          const state = await readiness(started);
          seen.add(JSON.stringify(state));
          expect(state).toEqual([200, 'degraded', ['upstream']]);
        }, 15_000);
        // It was never unready meanwhile.
        expect([...seen].sort()).toEqual(['[200,"degraded",["upstream"]]', '[200,"ok",[]]']);

        await upstream.up();
        await eventually(async () => {
          expect(await readiness(started)).toEqual([200, 'ok', []]);
        }, 10_000);
      });
    },
  );

  it.concurrent('should follow every outage with the setting always', async () => {
    await withGateway({ READINESS_UPSTREAM: 'always' }, {}, async (started) => {
      await eventually(async () => {
        expect(await readiness(started)).toEqual([200, 'ok', []]);
      }, 15_000);
      await started.upstream.down();
      await eventually(async () => {
        expect(await readiness(started)).toEqual([503, 'error', ['upstream']]);
      }, 15_000);
    });
  });

  it.concurrent('should be ready in the first outage after a document was delivered', async () => {
    await withGateway({}, {}, async (started) => {
      await started.get('/1').expect(200);
      await started.upstream.down();
      await eventually(async () => {
        expect(await readiness(started)).toEqual([200, 'degraded', ['upstream']]);
      }, 15_000);
    });
  });

  it.concurrent(
    'should become ready, and stay it, when an upstream answers GET well and HEAD badly',
    async () => {
      const heads: Readonly<Record<string, (socket: Socket) => unknown>> = {
        'that it is not implemented': (socket) => socket.end('HTTP/1.0 501 No\r\nConnection: close\r\n\r\n'),
        'that it failed': (socket) => socket.write('HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'),
        'with a body': (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc'),
        'with what is no HTTP': (socket) => socket.write('abc\r\n\r\n'),
        'by closing': (socket) => socket.end(),
        'by a reset': (socket) => socket.resetAndDestroy(),
        never: () => undefined,
      };
      await Promise.all(Object.entries(heads).map(([name, head]) => staysReady(name, head)));
    },
  );
});

describe('READINESS_DOCUMENT', () => {
  /** The lifecycle part of the readiness. */
  async function lifecycle({ origin }: Gateway): Promise<unknown> {
    const answer = await request(origin).get('/health/ready');
    return (answer.body as Health).details['lifecycle'];
  }

  const asked = ({ upstream }: Gateway): number => upstream.counters.byPath.get('/77') ?? 0;

  it.concurrent(
    'should be starting until that document was delivered, and not ask for it again after that',
    async () => {
      await withGateway(
        { READINESS_DOCUMENT: '77' },
        { faults: [{ ratio: 1, fault: { kind: 'damaged' } }] },
        async (started) => {
          await eventually(async () => {
            expect(await readiness(started)).toEqual([503, 'error', ['lifecycle']]);
            expect(await lifecycle(started)).toEqual({
              status: 'down',
              message: 'starting',
              reason: 'document-damaged: None of 5 attempts returned an undamaged document.',
            });
          });
          await request(started.origin).get('/health').expect(200);

          started.fail();
          await eventually(async () => {
            expect(await readiness(started)).toEqual([200, 'ok', []]);
          }, 10_000);
          const until = asked(started);
          expect(until).toBeGreaterThan(5);
          const messages = started.log.lines
            .map(({ msg }) => String(msg))
            .filter((msg) => msg.includes('readiness document'));
          expect(messages).toEqual([
            'not ready: the readiness document was not delivered',
            'the readiness document was delivered: ready',
          ]);

          started.fail({ kind: 'damaged' });
          await started.get('/1').expect(502);
          expect(await readiness(started)).toEqual([200, 'ok', []]);
          expect(asked(started)).toBe(until);
        },
      );
    },
  );

  it.concurrent('should request it at most once in two seconds, for any number of checks', async () => {
    const startedAt = performance.now();
    await withGateway(
      { READINESS_DOCUMENT: '77', MAX_ATTEMPTS: '1', READINESS_UPSTREAM: 'never' },
      { faults: [{ ratio: 1, fault: { kind: 'status', status: 503 } }] },
      async (started) => {
        await eventually(async () => {
          expect(await readiness(started)).toEqual([503, 'error', ['lifecycle']]);
          expect(asked(started)).toBe(3);
        }, 15_000);
        expect(performance.now() - startedAt).toBeGreaterThan(3_900);
      },
    );
  });
});
