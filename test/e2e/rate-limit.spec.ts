import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { eventually } from '../eventually.ts';
import { problemIn, SECOND_KEY, withGateway } from './harness.ts';
import { type Answer, ask } from './rate-limit-answer.ts';

/** Longer than a change of Redis or of a file takes to be noticed on a busy machine. */
const SEEN_MS = 15_000;
const ACME = 'key-of-acme-of-the-tests-6b0a';

// The tests wait rather than compute, each with its own service: they run side by side.

describe('RATE_LIMIT', () => {
  it.concurrent('should show each consumer what is left, and answer 429 when nothing is', async () => {
    await withGateway({ RATE_LIMIT: '3/1m' }, {}, async (started) => {
      for (const left of [2, 1, 0]) {
        expect(await ask(started.get('/1'))).toEqual({
          status: 200,
          policy: '"default";q=3;w=60',
          limit: expect.stringMatching(new RegExp(`^"default";r=${left};t=(60|[1-5]\\d)$`)),
          retryAfter: undefined,
        });
      }
      const { requests } = started.upstream.counters;
      const refused = await started.get('/1');
      expect(started.upstream.counters.requests).toBe(requests);
      expect(refused.status).toBe(429);
      const { ratelimit, ...others } = refused.headers as Record<string, string>;
      expect(others).toMatchObject({
        'content-type': 'application/problem+json',
        'ratelimit-policy': '"default";q=3;w=60',
        'cache-control': 'no-store',
      });
      // Section 6 of the draft: not before the end of the window.
      expect(ratelimit).toBe(`"default";r=0;t=${others['retry-after']}`);
      expect(problemIn(refused.body)).toMatchObject({
        type: 'urn:problem-type:document-gateway:rate-limited',
        status: 429,
        detail: 'The rate of this API key is 3 requests in 60 s.',
      });

      expect(await ask(started.get('/1').set('X-API-KEY', SECOND_KEY))).toMatchObject({ status: 200 });
      expect(await started.metric('rate_limited_total{consumer="key-1"}')).toBe(1);
      expect(await started.metric('consumer_requests_total{consumer="key-1",status="429"}')).toBe(1);
      expect(await started.lineOf(others['x-request-id'])).toMatchObject({
        level: 'info',
        consumer: 'key-1',
        outcome: 'rate-limited',
      });
    });
  });

  it.concurrent('should serve again in the next window', async () => {
    await withGateway({ RATE_LIMIT: '1/2s' }, {}, async (started) => {
      const status = async (): Promise<number> => (await started.get('/1')).status;
      // On a busy machine, the second request of a pair may be in the next window.
      await eventually(async () => {
        expect([await status(), await status()]).toEqual([200, 429]);
      }, SEEN_MS);
      await eventually(async () => {
        expect(await status()).toBe(200);
      }, SEEN_MS);
    });
  });

  it.concurrent('should be on every answer to a consumer, and count each', async () => {
    await withGateway({ RATE_LIMIT: '100/1m' }, {}, async (started) => {
      const answers = [
        await ask(started.get('/')),
        await ask(started.head('/1')),
        await ask(started.get('/x')),
      ];
      started.fail({ kind: 'status', status: 404 });
      answers.push(await ask(started.get('/1')));
      started.fail({ kind: 'damaged' });
      answers.push(await ask(started.get('/1')));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 404, 502]);
      expect(answers.map(({ limit }) => /r=(\d+)/.exec(String(limit))?.[1])).toEqual([
        '99',
        '98',
        '97',
        '96',
        '95',
      ]);
    });
  });

  it.concurrent('should not count requests without a valid key, nor show the rate of others', async () => {
    await withGateway({ RATE_LIMIT: '1/1m' }, {}, async (started) => {
      const none = { policy: undefined, limit: undefined, retryAfter: undefined };
      for (let times = 0; times < 3; times += 1) {
        expect(await ask(request(started.origin).get('/1'))).toEqual({ status: 401, ...none });
        expect(await ask(started.get('/1').set('X-API-KEY', 'a-key-of-nobody'))).toEqual({
          status: 401,
          ...none,
        });
        expect(await ask(started.get('/health'))).toEqual({ status: 200, ...none });
      }
      expect(await ask(started.get('/1'))).toMatchObject({ status: 200 });
    });
  });

  it.concurrent('should be off, and say nothing, by default', async () => {
    await withGateway({}, {}, async (started) => {
      expect(await ask(started.get('/1'))).toEqual({
        status: 200,
        policy: undefined,
        limit: undefined,
        retryAfter: undefined,
      });
    });
  });
});

it.concurrent(
  'should hold a consumer of API_KEYS_FILE to the rate of its own, and to a new one when the file changes',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'document-gateway-keys-'));
    const API_KEYS_FILE = join(folder, 'keys.json');
    const write = (rate?: string): void => {
      writeFileSync(API_KEYS_FILE, JSON.stringify({ consumers: [{ name: 'acme', key: ACME, rate }] }));
    };
    write('2/1m');
    try {
      await withGateway({ API_KEYS_FILE }, {}, async (started) => {
        const asAcme = (): Promise<Answer> => ask(started.get('/1').set('X-API-KEY', ACME));
        expect([(await asAcme()).status, (await asAcme()).status, (await asAcme()).status]).toEqual([
          200, 200, 429,
        ]);
        expect((await ask(started.get('/1'))).policy).toBeUndefined();
        write('1000/1h');
        await eventually(async () => {
          expect(await asAcme()).toMatchObject({ status: 200, policy: '"default";q=1000;w=3600' });
        }, SEEN_MS);
        write();
        await eventually(async () => {
          expect(await asAcme()).toMatchObject({ status: 200, policy: undefined });
        }, SEEN_MS);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
