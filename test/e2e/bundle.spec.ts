import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { eventually } from '../eventually.ts';
import { committed } from '../openapi/openapi.ts';
import { startFakeRedis } from '../redis/fake-redis.ts';
import { makeDocuments } from '../upstream/documents.ts';
import { startUpstream, type StandInUpstream } from '../upstream/server.ts';
import { startCollector } from './collector.ts';
import { withProcess } from './gateway-process.ts';

const KEY = 'the-key-of-the-bundle-91c2';
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUNDLE = join(ROOT, 'dist/bundle');

let upstream: StandInUpstream;
/** A folder without packages in it or in its parents. */
let folder: string;

beforeAll(async () => {
  await promisify(execFile)(process.execPath, [join(ROOT, 'hack/bundle.ts')]);
  folder = mkdtempSync(join(tmpdir(), 'document-gateway-'));
  cpSync(BUNDLE, join(folder, 'dist/bundle'), { recursive: true });
  cpSync(join(ROOT, 'dist/docs-page'), join(folder, 'dist/docs-page'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  upstream = await startUpstream({
    mix: [{ document: 'pdf', weight: 1 }],
    documents: makeDocuments({ pdfBytes: 600_000 }),
  });
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await upstream.close();
});

describe('the bundle', () => {
  it('should serve without any package beside it, on its other thread too, and stop in good order', async () => {
    const env = {
      API_KEY: KEY,
      HOST: '127.0.0.1',
      PORT: '0',
      UPSTREAM_URL: upstream.url,
      DRAIN_DELAY_MS: '0',
    };
    await withProcess({ env, main: join(folder, 'dist/bundle/main.js') }, async (gateway) => {
      const origin = await gateway.listening();
      const answer = await request(origin).get('/1').set('X-API-KEY', KEY).responseType('blob');
      expect(answer.status).toBe(200);
      expect((answer.body as Buffer).equals(upstream.documents.pdf)).toBe(true);
      await request(origin).get('/health/ready').expect(200);
      await request(origin).get('/openapi.json').expect(200, committed);
      await request(origin).get('/docs').expect(200);
      gateway.kill('SIGTERM');
      expect(await gateway.exited).toEqual({ code: 0, signal: null });
    });
  });

  it('should have in it what is loaded only when it is asked for: keys in a file, rates, their store, traces', async () => {
    const [store, collector] = await Promise.all([startFakeRedis(), startCollector()]);
    const env = {
      API_KEYS_FILE: 'keys.json',
      RATE_LIMIT: '5/1m',
      REDIS_URL: store.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      HOST: '127.0.0.1',
      PORT: '0',
      UPSTREAM_URL: upstream.url,
      DRAIN_DELAY_MS: '0',
    };
    const keys = JSON.stringify({ consumers: [{ name: 'acme', key: KEY }] });
    const preload = `import '${pathToFileURL(join(folder, 'dist/bundle/register.js')).href}'`;
    try {
      await withProcess(
        { env, keys, preload, main: join(folder, 'dist/bundle/main.js') },
        async (gateway) => {
          const origin = await gateway.listening();
          const ask = () => request(origin).get('/1').set('X-API-KEY', KEY);
          await eventually(async () => {
            const { body } = (await request(origin).get('/health/ready')) as { body: unknown };
            expect(body).toMatchObject({
              details: { keys: { status: 'up' }, rateLimits: { status: 'up' } },
            });
          });
          // A bundler renames classes, but log lines must have the name in the sources.
          expect(gateway.lines).toContainEqual(
            expect.objectContaining({ context: 'KeyFileWatch', msg: 'API_KEYS_FILE was read' }),
          );
          expect((await ask()).headers).toMatchObject({ ratelimit: '"default";r=4;t=60' });
          // The probe does not count.
          expect([...store.counts.values()].filter((count) => count !== 0)).toEqual([1]);
          await store.stop();
          const alone = await ask();
          expect([alone.status, alone.headers['ratelimit']]).toEqual([200, '"default";r=4;t=60']);
          gateway.kill('SIGTERM');
          expect(await gateway.exited).toEqual({ code: 0, signal: null });
          expect(collector.spans.map(({ name }) => name)).toContain('verify document');
        },
      );
    } finally {
      await Promise.all([store.stop(), collector.close()]);
    }
  });

  it('should bring the licences of what is in it, and a map for each file', () => {
    const licences = readFileSync(join(BUNDLE, 'LICENCES.txt'), 'utf8');
    for (const name of ['@nestjs/core', 'fastify', 'undici', '@opentelemetry/api']) {
      expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+: (MIT|Apache-2.0)$`, 'm'));
    }
    const files = readdirSync(BUNDLE);
    const code = files.filter((file) => file.endsWith('.js'));
    expect(code.filter((file) => !files.includes(`${file}.map`))).toEqual([]);
  });
});
