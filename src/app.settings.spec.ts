import { globSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { namespaces, parseSettings, type Settings, variables } from './app.settings.ts';
import { createApp } from './app.ts';
import { documentConfig } from './document/document.config.ts';
import { mistakesOf } from './settings/mistakes.fixture.ts';
import type { Environment, Namespace } from './settings/namespace.ts';

const KEY = 'a-key-that-is-long-enough';
const SRC = new URL('./', import.meta.url);

const settingsOf = (env: Environment = {}): Settings => parseSettings({ API_KEY: KEY, ...env });

describe('the modules', () => {
  it('should be all that have settings', async () => {
    const files = globSync('*/*.config.ts', { cwd: SRC.pathname });
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      const module = (await import(new URL(file, SRC).href)) as Readonly<Record<string, unknown>>;
      const [namespace] = Object.values(module).filter(
        (value): value is Namespace<object> => typeof value === 'function' && 'KEY' in value,
      );
      expect(Object.values(namespaces)).toContain(namespace);
    }
  });

  it('should be named as their folders are, and as their tokens', () => {
    for (const [name, { KEY: token }] of Object.entries(namespaces))
      expect(token).toBe(`CONFIGURATION(${name})`);
    const folders = globSync('*/*.config.ts', { cwd: SRC.pathname }).map((file) => file.split('/')[0]);
    expect(Object.keys(namespaces).sort()).toEqual(folders.sort());
  });

  it('should each read variables of their own', () => {
    expect(new Set(variables).size).toBe(variables.length);
  });

  it('should leave the environment of the process to the start, to the build and to tracing', () => {
    const files = globSync('**/*.ts', { cwd: SRC.pathname, exclude: ['**/*.spec.ts', 'tracing/**'] });
    const readers = files
      .filter((file) => /process\.env|loadEnvFile/.test(readFileSync(new URL(file, SRC), 'utf8')))
      .sort();
    expect(readers).toEqual(['settings/build-info.ts', 'start.ts']);
  });
});

describe('parseSettings', () => {
  it('should need nothing but a key', () => {
    expect(settingsOf().document).toMatchObject({ deadlineMs: 10_000, maxAttempts: 5 });
  });

  it('should give settings that nobody can change', () => {
    const settings = settingsOf() as { document: unknown };
    expect(() => (settings.document = {})).toThrow(TypeError);
    const document = settingsOf().document as { deadlineMs: number };
    expect(() => (document.deadlineMs = 1)).toThrow(TypeError);
  });

  it('should take an empty variable, and a blank one, for one that is not set', () => {
    const others = variables.filter((name) => name !== 'API_KEY');
    const blank = Object.fromEntries(others.map((name, index) => [name, index % 2 === 0 ? '' : ' \t']));
    expect(settingsOf(blank)).toEqual(settingsOf());
  });

  it('should ignore variables that are not its own, and those that are gone', () => {
    expect(settingsOf({ PATH: '/bin', RETRY_BASE_DELAY_MS: 'x' })).toEqual(settingsOf());
  });

  it('should give each app the settings of its own environment', () => {
    expect(settingsOf({ DEADLINE_MS: '20' }).document.deadlineMs).toBe(20);
    expect(settingsOf({ DEADLINE_MS: '30' }).document.deadlineMs).toBe(30);
  });

  it('should report the mistakes of all modules at once, each by the name of its variable', () => {
    const wrong = {
      API_KEY: 'one,,two',
      PORT: '65536',
      UPSTREAM_URL: 'localhost:3000',
      DOCUMENT_ID_PATTERN: '[0-9',
      VERIFY_LEVEL: 'shallow',
      DEADLINE_MS: '10s',
      BREAKER_FAILURE_RATIO: '20%',
      HEDGE: 'yes',
      RATE_LIMIT: '100',
      READINESS_UPSTREAM: 'sometimes',
      LOG_LEVEL: 'loud',
    };
    const names = mistakesOf(() => settingsOf(wrong)).map((line) => line.split(' ')[0]);
    expect(names.sort()).toEqual(Object.keys(wrong).sort());
  });

  it('should never repeat a value, which may be a secret that slipped', () => {
    const secret = 'hunter2hunter2';
    const all = Object.fromEntries(variables.map((name) => [name, `${secret} é`]));
    const lines = mistakesOf(() => settingsOf({ ...all, UPSTREAM_URL: `http://user:${secret}@host/{id}` }));
    expect(lines.length).toBeGreaterThan(30);
    expect(lines.join('\n')).not.toContain(secret);
    expect(() => settingsOf(all)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(secret) }),
    );
  });
});

describe('the settings of an app', () => {
  it('should be those that it was built with, in every room, whatever the environment of the process is', async () => {
    process.env['DEADLINE_MS'] = '50';
    try {
      for (const deadlineMs of [20, 30]) {
        const settings = settingsOf({
          DEADLINE_MS: String(deadlineMs),
          DRAIN_DELAY_MS: '0',
          READINESS_UPSTREAM: 'never',
        });
        const app = await createApp(settings, pino({ level: 'silent' }));
        for (const [name, namespace] of Object.entries(namespaces))
          expect(app.get(namespace.KEY, { strict: false })).toBe(settings[name as keyof Settings]);
        expect(app.get<Settings['document']>(documentConfig.KEY).deadlineMs).toBe(deadlineMs);
        await app.close();
      }
    } finally {
      delete process.env['DEADLINE_MS'];
    }
  });
});

describe('.env.example', () => {
  const example = parseEnv(readFileSync(new URL('../.env.example', import.meta.url), 'utf8'));

  it('should name every variable that is read, and no other', () => {
    expect(Object.keys(example).sort()).toEqual([...variables].sort());
  });

  it('should show every default', () => {
    expect(parseSettings({ ...example, API_KEY: KEY })).toEqual(settingsOf());
    const withoutDefault = Object.keys(example).filter((name) => example[name] === '');
    expect(withoutDefault.sort()).toEqual([
      'API_KEY',
      'API_KEYS_FILE',
      'CORS_ORIGINS',
      'FLASK_PORT',
      'MAX_BUFFERED_BYTES',
      'RATE_LIMIT',
      'READINESS_DOCUMENT',
      'REDIS_URL',
      'TRUST_PROXY',
    ]);
  });
});
