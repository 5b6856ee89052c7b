import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Documents } from '../upstream/documents.ts';
import { judge } from './answer.ts';
import { API_KEY } from './gateway.ts';
import { Tally } from './tally.ts';

/** The service under load, and the expected documents. */
export interface Target {
  readonly origin: string;
  readonly documents: Documents;
  /** Texts that no answer may contain. */
  readonly secrets: readonly string[];
}

/** Longer than any answer may take, in milliseconds. */
const GIVE_UP_MS = 30_000;
const TICK_MS = 4;
const MAX_CONNECTIONS = 2_000;

/** Sends `requests` requests over `connections` connections, each after the previous answer. */
export async function closedLoop(
  target: Target,
  { requests, connections }: { readonly requests: number; readonly connections: number },
): Promise<Tally> {
  const tally = new Tally();
  await withPool(target, connections, async (pool) => {
    const worker = async (): Promise<void> => {
      while (tally.sent < requests) await ask(pool, target, tally);
    };
    await Promise.all(Array.from({ length: connections }, worker));
  });
  return tally;
}

/**
 * Sends requests at a fixed rate, independent of the answers, like the many clients of a service.
 *
 * @param tally is filled during the load
 */
export async function openLoop(
  target: Target,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
  tally = new Tally(),
): Promise<Tally> {
  await withPool(target, MAX_CONNECTIONS, async (pool) => {
    const startedAt = performance.now();
    const pending = new Set<Promise<void>>();
    for (let elapsed = 0; elapsed < seconds; elapsed = (performance.now() - startedAt) / 1000) {
      for (const due = Math.floor(elapsed * perSecond); tally.sent < due;) {
        const one = ask(pool, target, tally).finally(() => pending.delete(one));
        pending.add(one);
      }
      await delay(TICK_MS);
    }
    await Promise.all(pending);
  });
  return tally;
}

async function withPool(
  { origin }: Target,
  connections: number,
  use: (pool: Pool) => Promise<void>,
): Promise<void> {
  const pool = new Pool(origin, { connections, headersTimeout: GIVE_UP_MS, bodyTimeout: GIVE_UP_MS });
  try {
    await use(pool);
  } finally {
    await pool.destroy();
  }
}

async function ask(pool: Pool, { documents, secrets }: Target, tally: Tally): Promise<void> {
  const at = performance.now();
  const id = (tally.sent += 1);
  try {
    const response = await pool.request({
      method: 'GET',
      path: `/${id}`,
      headers: { 'x-api-key': API_KEY },
    });
    const body = Buffer.from(await response.body.bytes());
    const ms = performance.now() - at;
    const judged = judge(response.statusCode, response.headers, body, documents, secrets);
    tally.answers.push({ at, ms, status: response.statusCode, ...judged });
  } catch (error) {
    const flaw = error instanceof Error ? error.message : String(error);
    tally.answers.push({ at, ms: performance.now() - at, status: 0, kind: 'broken', flaw });
  }
}
