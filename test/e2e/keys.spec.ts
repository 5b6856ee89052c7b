import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { digestOf } from '../../src/auth/key-file.ts';
import { eventually } from '../eventually.ts';
import { type Env, type Gateway, KEY, type LogLine, withGateway } from './harness.ts';

const ACME = 'key-of-acme-of-the-tests-6b0a';
const OTHER = 'key-of-another-of-the-tests-19ce';

/** Longer than the service needs to see a change, even on a busy machine. */
const SEEN_MS = 15_000;

/** Until a change is in use, these tests send wrong API keys. */
const POLLED = { AUTH_FAILURES_PER_MINUTE: '0' };

const fileOf = (...consumers: object[]): string => JSON.stringify({ consumers });
const WITH_ACME = fileOf({ name: 'acme', sha256: digestOf(ACME) });
const WITH_OTHER = fileOf({ name: 'other', key: OTHER });

/** The service with a file of API keys in its own folder. */
interface Served {
  readonly gateway: Gateway;
  readonly folder: string;
  readonly file: string;
}

/** Runs a test with its own service, whose file of API keys `write` has made. */
async function withFile(
  write: (file: string, folder: string) => void,
  test: (served: Served) => Promise<void>,
  env: Env = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'document-gateway-keys-'));
  const file = join(folder, 'keys.json');
  try {
    write(file, folder);
    await withGateway({ ...POLLED, API_KEYS_FILE: file, ...env }, {}, (gateway) =>
      test({ gateway, folder, file }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const holding =
  (text: string) =>
  (file: string): void => {
    writeFileSync(file, text);
  };

async function statusWith({ gateway }: Served, key: string): Promise<number> {
  return (await request(gateway.origin).get('/1').set('X-API-KEY', key)).status;
}

/** Waits until the API keys in use are those of this file and of API_KEY. */
async function inUse(served: Served, written: string): Promise<void> {
  const [good, bad] = written === WITH_ACME ? [ACME, OTHER] : [OTHER, ACME];
  await eventually(async () => {
    const statuses = [good, bad, KEY].map((key) => statusWith(served, key));
    expect(await Promise.all(statuses)).toEqual([200, 401, 200]);
  }, SEEN_MS);
}

interface Keys {
  readonly status: string;
  readonly message?: string;
}

async function readiness({ gateway }: Served): Promise<Keys & { readonly code: number }> {
  const answer = await request(gateway.origin).get('/health/ready');
  const { details } = answer.body as { details: { keys: Keys } };
  return { code: answer.status, ...details.keys };
}

const logged = ({ gateway }: Served, message: string): LogLine[] =>
  gateway.log.lines.filter(({ msg }) => String(msg).startsWith(message));

// The tests wait rather than compute, each with its own service and file: they run side by side.
describe('the consumers of API_KEYS_FILE', () => {
  const consumers = fileOf(
    { name: 'acme', sha256: digestOf(ACME), expires: '2999-12-31T23:59:59Z' },
    { name: 'other', key: OTHER, expires: '2020-01-01T00:00:00Z' },
  );

  it.concurrent('should be served, and logged by their names', async () => {
    await withFile(holding(consumers), async ({ gateway }) => {
      const { headers } = await request(gateway.origin).get('/1').set('X-API-KEY', ACME).expect(200);
      const id = (headers as Record<string, string>)['x-request-id'];
      expect(await gateway.lineOf(id)).toMatchObject({ consumer: 'acme', status: 200 });
      expect(await gateway.metric('consumer_requests_total{consumer="acme",status="200"}')).toBe(1);
      await gateway.get('/1').expect(200);
      expect(await gateway.metric('consumer_requests_total{consumer="key-1",status="200"}')).toBe(1);
    });
  });

  it.concurrent('should be refused when their keys have expired, and be named in the log', async () => {
    await withFile(holding(consumers), async ({ gateway }) => {
      const ask = async (key: string): Promise<request.Response> =>
        request(gateway.origin).get('/1').set({ 'X-API-KEY': key, 'X-Request-Id': 'one-id' });
      const [late, wrong] = [await ask(OTHER), await ask('a-key-of-nobody-at-all')];
      expect([late.status, wrong.status]).toEqual([401, 401]);
      const answer = ({ headers, text }: request.Response): unknown => ({
        ...(headers as object),
        date: '',
        text,
      });
      expect(answer(late)).toEqual(answer(wrong));
      const lines = await eventually(() => {
        const all = gateway.log.lines.filter(({ requestId }) => requestId === 'one-id');
        expect(all).toHaveLength(2);
        return all;
      });
      expect(lines).toEqual([
        expect.objectContaining({ consumer: 'other', cause: 'the API key is expired' }),
        expect.objectContaining({ cause: 'the API key is unknown' }),
      ]);
      expect(await gateway.metric('authentication_failures_total{reason="expired"}')).toBe(1);
      expect(await gateway.metric('authentication_failures_total{reason="unknown"}')).toBe(1);
    });
  });

  it.concurrent('should show in the metrics: how many, whose keys end and when', async () => {
    await withFile(holding(consumers), async ({ gateway }) => {
      const { samples } = await gateway.metrics();
      expect(samples.get('api_key_consumers{state="valid"}')).toBe(3);
      expect(samples.get('api_key_consumers{state="expired"}')).toBe(1);
      const ends = [...samples].filter(([series]) => series.startsWith('api_key_expiry_timestamp_seconds'));
      expect(ends).toEqual([
        ['api_key_expiry_timestamp_seconds{consumer="acme"}', Date.UTC(2999, 11, 31, 23, 59, 59) / 1000],
        ['api_key_expiry_timestamp_seconds{consumer="other"}', Date.UTC(2020, 0, 1) / 1000],
      ]);
      expect(samples.get('api_keys_file_read_timestamp_seconds')).toBeGreaterThan(Date.now() / 1000 - 60);
    });
  });
});

describe('API_KEYS_FILE, when it changes', () => {
  it.concurrent('should be read again when Kubernetes moves its link, and back', async () => {
    // Like kubelet: keys.json -> ..data/keys.json, ..data -> ..2026, and a rename replaces ..data.
    const version = (folder: string, name: string, text: string): void => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'keys.json'), text);
      symlinkSync(name, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    const write = (file: string, folder: string): void => {
      version(folder, '..2026_1', WITH_ACME);
      symlinkSync('..data/keys.json', file);
    };
    await withFile(write, async (served) => {
      const { gateway, folder } = served;
      await inUse(served, WITH_ACME);
      version(folder, '..2026_2', WITH_OTHER);
      rmSync(join(folder, '..2026_1'), { recursive: true });
      await inUse(served, WITH_OTHER);
      version(folder, '..2026_3', WITH_ACME);
      await inUse(served, WITH_ACME);
      expect(logged(served, 'API_KEYS_FILE was read')).toHaveLength(3);
      expect(await gateway.metric('api_keys_file_failures_total')).toBe(0);
    });
  });

  it.concurrent(
    'should be read again when a file takes its place, is written over, and is deleted and made anew',
    async () => {
      await withFile(holding(WITH_ACME), async (served) => {
        const { file } = served;
        await inUse(served, WITH_ACME);
        writeFileSync(`${file}.new`, WITH_OTHER);
        renameSync(`${file}.new`, file);
        await inUse(served, WITH_OTHER);
        writeFileSync(file, WITH_ACME);
        await inUse(served, WITH_ACME);
        unlinkSync(file);
        await eventually(async () => {
          expect(await readiness(served)).toMatchObject({ status: 'degraded' });
        }, SEEN_MS);
        await inUse(served, WITH_ACME);
        writeFileSync(file, WITH_OTHER);
        await inUse(served, WITH_OTHER);
        expect(await readiness(served)).toEqual({ code: 200, status: 'up' });
      });
    },
  );

  it.concurrent(
    'should stay the last good one while it is broken, and say so: in log, metrics and readiness',
    async () => {
      await withFile(holding(WITH_ACME), async (served) => {
        const { gateway, file } = served;
        expect(await readiness(served)).toEqual({ code: 200, status: 'up' });
        const broken = async (mistakes: unknown[]): Promise<void> => {
          await eventually(() => {
            expect(logged(served, 'API_KEYS_FILE is invalid').at(-1)).toMatchObject({
              level: 'error',
              mistakes,
            });
          }, SEEN_MS);
          expect(await readiness(served)).toEqual({
            code: 200,
            status: 'degraded',
            message: 'API_KEYS_FILE is invalid: the last valid version is in use',
          });
          expect(await gateway.metric('api_keys_file_broken')).toBe(1);
          await inUse(served, WITH_ACME);
        };
        truncateSync(file, WITH_ACME.length - 1);
        await broken([expect.stringContaining('is not valid JSON')]);
        writeFileSync(file, fileOf({ name: 'acme', key: `${ACME} with a mistake` }));
        await broken([expect.stringContaining('consumers.0.key must be')]);
        expect(await gateway.metric('api_keys_file_failures_total')).toBe(2);
        expect(gateway.log.text).not.toContain(ACME);

        // A broken version counts once, although it is read repeatedly.
        const before = Date.now();
        await eventually(() => {
          expect(Date.now() - before).toBeGreaterThan(4_500);
        }, 6_000);
        expect(logged(served, 'API_KEYS_FILE is invalid')).toHaveLength(2);

        writeFileSync(file, WITH_OTHER);
        await inUse(served, WITH_OTHER);
        expect(await readiness(served)).toEqual({ code: 200, status: 'up' });
        expect(await gateway.metric('api_keys_file_broken')).toBe(0);
      });
    },
  );

  it.concurrent('should be right again when the version that is in use comes back', async () => {
    await withFile(holding(WITH_ACME), async (served) => {
      const { gateway, file } = served;
      writeFileSync(file, '');
      await eventually(async () => {
        expect(await gateway.metric('api_keys_file_broken')).toBe(1);
      }, SEEN_MS);
      writeFileSync(file, WITH_ACME);
      await eventually(async () => {
        expect(await gateway.metric('api_keys_file_broken')).toBe(0);
      }, SEEN_MS);
      expect(logged(served, 'API_KEYS_FILE was read')).toHaveLength(1);
    });
  });
});

describe('API_KEYS_FILE without API_KEY', () => {
  it.concurrent('should be enough, and cause a warning without consumers', async () => {
    await withFile(
      holding(WITH_ACME),
      async (served) => {
        const { file } = served;
        expect([
          await statusWith(served, ACME),
          await statusWith(served, KEY),
          await statusWith(served, ''),
        ]).toEqual([200, 401, 401]);
        writeFileSync(file, fileOf());
        await eventually(async () => {
          expect(await statusWith(served, ACME)).toBe(401);
        }, SEEN_MS);
        expect(logged(served, 'no API key is valid')).toHaveLength(1);
      },
      { API_KEY: '' },
    );
  });
});
