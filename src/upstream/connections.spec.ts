import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Pool } from 'undici';
import { startUpstream, type StandInUpstream } from '../../test/upstream/server.ts';
import { Connections } from './connections.ts';

let upstream: StandInUpstream;
let pool: Pool;

async function setup(maxAgeMs: number, connections: number): Promise<void> {
  upstream = await startUpstream({ mix: [{ document: 'png', weight: 1 }] });
  const { factory } = new Connections(maxAgeMs);
  pool = new Pool(upstream.origin, { connections, pipelining: 1, factory });
}

async function ask(): Promise<void> {
  const { statusCode, body } = await pool.request({ path: '/1', method: 'GET' });
  expect(statusCode).toBe(200);
  await body.dump();
}

afterEach(async () => {
  await pool.close();
  await upstream.close();
});

describe('a connection', () => {
  it('should be used again while it is young', async () => {
    await setup(60_000, 1);
    for (let i = 0; i < 20; i += 1) await ask();
    expect(upstream.counters.connections).toBe(1);
  });

  it('should be replaced when it is old, however soon the next request follows', async () => {
    await setup(100, 1);
    await ask();
    await sleep(150);
    for (let i = 0; i < 3; i += 1) await ask();
    // The answer on the old connection is the last one on it. The new one can be old too, on a busy machine.
    expect(upstream.counters.connections).toBeGreaterThan(1);
  });

  it('should be replaced under load without a request that fails', async () => {
    await setup(1, 8);
    const worker = async (): Promise<void> => {
      for (let i = 0; i < 50; i += 1) await ask();
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    expect(upstream.counters.requests).toBe(800);
    expect(upstream.counters.connections).toBeGreaterThan(80);
  });
});
