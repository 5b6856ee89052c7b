import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { PinoLogger } from 'nestjs-pino';
import { Counter } from 'prom-client';
import { eventually } from '../../test/eventually.ts';
import { authConfig } from './auth.config.ts';
import { KeyFileWatch } from './key-file-watch.ts';
import { KeyStore } from './key-store.ts';

const POLL_MS = 2_000;
const failed = new Counter({ name: 'failures', help: 'failures', registers: [] });
let folder: string;
let path: string;
let watch: KeyFileWatch;
let keys: KeyStore;
/** The log lines: level, message and details. */
let lines: (readonly [level: string, message: string, details?: object])[];

const logger = Object.fromEntries(
  ['info', 'warn', 'error'].map((level) => [
    level,
    (...args: readonly [string] | readonly [object, string]) =>
      lines.push(args.length === 1 ? [level, args[0]] : [level, args[1], args[0]]),
  ]),
) as unknown as PinoLogger;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'document-gateway-watch-'));
  path = join(folder, 'keys.json');
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  // Files are read in real time. Only the interval between two reads is simulated.
  jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate'] });
  failed.reset();
  lines = [];
});

afterEach(() => {
  watch.onApplicationShutdown();
  jest.useRealTimers();
});

const key = (name: string): string => `the-key-of-${name}`.padEnd(16, '-');

function write(...names: readonly string[]): void {
  writeFileSync(path, JSON.stringify({ consumers: names.map((name) => ({ name, key: key(name) })) }));
}

function build(env: Readonly<Record<string, string>> = { API_KEYS_FILE: path }): KeyFileWatch {
  const config = authConfig(env);
  keys = new KeyStore(config);
  return (watch = new KeyFileWatch(config, keys, failed, logger));
}

/** Advances to the next read of the file, and waits until it is over: then a timer for the following one exists. */
async function look(): Promise<void> {
  expect(jest.getTimerCount()).toBe(1);
  jest.advanceTimersByTime(POLL_MS);
  await eventually(() => {
    expect(jest.getTimerCount()).toBe(1);
  });
}

const names = (): string[] => [...keys.consumers].map(({ name }) => name);
const failures = async (): Promise<number | undefined> => (await failed.get()).values[0]?.value;

describe('KeyFileWatch', () => {
  it('should do nothing without a file', async () => {
    await build({ API_KEY: 'a-key-that-is-long-enough' }).onModuleInit();
    expect([jest.getTimerCount(), watch.readAt, watch.isBroken, lines]).toEqual([0, 0, false, []]);
  });

  it('should use the file from the start, and log expired consumers', async () => {
    const before = Date.now();
    const expired = { name: 'late', key: key('late'), expires: '2020-01-01T00:00:00Z' };
    writeFileSync(path, JSON.stringify({ consumers: [{ name: 'acme', key: key('acme') }, expired] }));
    await build().onModuleInit();
    expect(keys.consumerOf(key('acme'))?.name).toBe('acme');
    expect(watch.readAt).toBeGreaterThanOrEqual(before);
    expect(watch.readAt).toBeLessThanOrEqual(Date.now());
    expect(lines).toEqual([['info', 'API_KEYS_FILE was read', { consumers: 2, expired: ['late'] }]]);
  });

  it('should warn when no key is valid', async () => {
    write();
    await build().onModuleInit();
    expect(lines.at(-1)).toEqual(['warn', 'no API key is valid: every request for a document is refused']);
  });

  it('should not start with a file that is missing or broken', async () => {
    await expect(build({ API_KEYS_FILE: join(folder, 'missing.json') }).onModuleInit()).rejects.toThrow(
      'cannot be read: ENOENT',
    );
    writeFileSync(path, 'nonsense');
    await expect(build().onModuleInit()).rejects.toThrow('is not valid JSON');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('should follow changes of the file, and ignore an unchanged one', async () => {
    write('one');
    await build().onModuleInit();
    const { readAt } = watch;
    await look();
    expect([lines.length, watch.readAt]).toEqual([1, readAt]);
    write('two', 'three');
    await look();
    expect(names()).toEqual(['two', 'three']);
    expect(lines.at(-1)).toEqual(['info', 'API_KEYS_FILE was read', { consumers: 2, expired: [] }]);
    expect(await failures()).toBe(0);
  });

  it('should keep the last valid version while the file is invalid, and log each invalid version once', async () => {
    write('one');
    await build().onModuleInit();
    const said = lines.length;
    writeFileSync(path, '{"consumers": 1}');
    for (let again = 0; again < 3; again += 1) await look();
    expect([names(), watch.isBroken, await failures()]).toEqual([['one'], true, 1]);
    expect(lines.slice(said)).toEqual([
      [
        'error',
        'API_KEYS_FILE is invalid: the last valid version stays in use; fix the file',
        { mistakes: ['API_KEYS_FILE consumers must be a list'] },
      ],
    ]);
    rmSync(path);
    for (let again = 0; again < 3; again += 1) await look();
    expect([names(), watch.isBroken, await failures()]).toEqual([['one'], true, 2]);
    expect(lines.at(-1)?.[2]).toEqual({ mistakes: [`API_KEYS_FILE cannot be read: ENOENT ${path}`] });
    expect(lines).toHaveLength(said + 2);
  });

  it('should recover with the old version or a new one, and log it', async () => {
    write('one');
    await build().onModuleInit();
    writeFileSync(path, '');
    await look();
    write('one');
    await look();
    expect([watch.isBroken, lines.at(-1)]).toEqual([
      false,
      ['info', 'API_KEYS_FILE is the version in use again'],
    ]);
    const said = lines.length;
    await look();
    expect(lines).toHaveLength(said);

    writeFileSync(path, '');
    await look();
    expect(watch.isBroken).toBe(true);
    write('two');
    await look();
    expect([watch.isBroken, names()]).toEqual([false, ['two']]);
  });

  it('should stop polling on shutdown, even during a read', async () => {
    write('one');
    await build().onModuleInit();
    watch.onApplicationShutdown();
    expect(jest.getTimerCount()).toBe(0);

    await build().onModuleInit();
    write('two');
    jest.advanceTimersByTime(POLL_MS);
    watch.onApplicationShutdown();
    await eventually(() => {
      expect(names()).toEqual(['two']);
    });
    expect(jest.getTimerCount()).toBe(0);
  });
});
