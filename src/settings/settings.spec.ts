import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import {
  defaultBufferedBytes,
  environment,
  parseSettings,
  type Settings,
  SettingsError,
} from './settings.ts';

const MIB = 1024 * 1024;
const KEY = 'a-key-that-is-long-enough';

type Env = Readonly<Record<string, string | undefined>>;

const settingsOf = (env: Env = {}): Settings => parseSettings({ API_KEY: KEY, ...env });

/** The lines of the error that these settings end in. */
function mistakesOf(env: Env): readonly string[] {
  try {
    settingsOf(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.lines;
    throw error;
  }
  throw new Error('the settings were accepted');
}

describe('parseSettings', () => {
  it('should need nothing but a key', () => {
    expect(settingsOf()).toMatchObject({
      API_KEY: [KEY],
      HOST: '0.0.0.0',
      PORT: 5000,
      UPSTREAM_URL: 'http://localhost:3000/{id}',
      DEADLINE_MS: 10_000,
      MAX_ATTEMPTS: 5,
      VERIFY_LEVEL: 'deep',
      READINESS_UPSTREAM: 'startup',
      HEDGE: false,
      COALESCE: false,
      STALE_IF_ERROR_SECONDS: 0,
    });
  });

  it('should give settings that nobody can change', () => {
    const settings = settingsOf() as { PORT: number };
    expect(() => (settings.PORT = 1)).toThrow(TypeError);
    expect(settings.PORT).toBe(5000);
  });

  it('should take an empty variable, and a blank one, for one that is not set', () => {
    const blank = Object.fromEntries(
      Object.keys(environment.in.shape)
        .filter((name) => name !== 'API_KEY')
        .map((name, index) => [name, index % 2 === 0 ? '' : ' \t']),
    );
    expect(settingsOf(blank)).toEqual(settingsOf());
  });

  it('should ignore variables that are not its own', () => {
    expect(settingsOf({ HOME: '/root', PATH: '/bin' })).toEqual(settingsOf());
  });

  it('should report all mistakes at once, each by the name of its variable', () => {
    const lines = mistakesOf({
      API_KEY: 'one,,two',
      PORT: '65536',
      UPSTREAM_URL: 'localhost:3000',
      DOCUMENT_ID_PATTERN: '[0-9',
      VERIFY_LEVEL: 'shallow',
      DEADLINE_MS: '10s',
      RETRY_BUDGET_RATIO: '20%',
      HEDGE: 'yes',
      READINESS_UPSTREAM: 'sometimes',
      LOG_LEVEL: 'loud',
      LOG_FORMAT: 'xml',
    });
    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      'API_KEY',
      'PORT',
      'UPSTREAM_URL',
      'DOCUMENT_ID_PATTERN',
      'VERIFY_LEVEL',
      'DEADLINE_MS',
      'RETRY_BUDGET_RATIO',
      'HEDGE',
      'READINESS_UPSTREAM',
      'LOG_LEVEL',
      'LOG_FORMAT',
    ]);
  });

  it('should say what belongs there', () => {
    expect(
      mistakesOf({ PORT: '-1', HEDGE: 'yes', VERIFY_LEVEL: 'shallow', RETRY_BUDGET_RATIO: '2' }),
    ).toEqual([
      'PORT must be a whole number from 0 to 65535',
      'VERIFY_LEVEL must be structure, deep or full',
      'RETRY_BUDGET_RATIO must be a number between 0 and 1',
      'HEDGE must be true or false',
    ]);
  });

  it('should never repeat a value, which may be a secret that slipped', () => {
    const secret = 'hunter2hunter2';
    const all = Object.fromEntries(Object.keys(environment.in.shape).map((name) => [name, `${secret} é`]));
    const lines = mistakesOf({ ...all, UPSTREAM_URL: `http://user:${secret}@host/{id}` });
    expect(lines.length).toBeGreaterThan(30);
    expect(lines.join('\n')).not.toContain(secret);
    try {
      settingsOf(all);
    } catch (error) {
      expect(String(error)).not.toContain(secret);
    }
  });

  it('should show one line per wrong setting', () => {
    expect(mistakesOf({ API_KEY: ' , ', MAX_DOCUMENT_BYTES: 'x', MAX_BUFFERED_BYTES: 'y' })).toHaveLength(3);
  });
});

describe('API_KEY', () => {
  const REQUIRED = 'API_KEY is required unless API_KEYS_FILE is set: one key, or several separated by commas';

  it('should hold several keys, separated by commas, spaces around them aside', () => {
    expect(settingsOf({ API_KEY: ' old-key-old-key ,new-key-new-key' }).API_KEY).toEqual([
      'old-key-old-key',
      'new-key-new-key',
    ]);
  });

  it.each([
    ['missing', undefined, REQUIRED],
    ['empty', '', REQUIRED],
    ['blank', ' \t\n', REQUIRED],
    ['nothing but commas', ' , ,', 'API_KEY has an empty API key between commas'],
    ['with an empty key between', 'one,,two', 'API_KEY has an empty API key between commas'],
    ['with an empty key at the end', 'one,', 'API_KEY has an empty API key between commas'],
    ['with a space inside', 'one two', 'API_KEY must be printable ASCII without spaces'],
    ['that no header can carry', 'schlüssel', 'API_KEY must be printable ASCII without spaces'],
    ['with a line end inside', 'one\ntwo', 'API_KEY must be printable ASCII without spaces'],
  ])('should be refused when it is %s', (_, API_KEY, line) => {
    expect(mistakesOf({ API_KEY })[0]).toBe(line);
  });
});

describe('API_KEYS_FILE', () => {
  it.each([undefined, '', ' '])('should make up for an API_KEY that is %j', (API_KEY) => {
    expect(settingsOf({ API_KEY, API_KEYS_FILE: '/keys/keys.json' })).toMatchObject({
      API_KEY: [],
      API_KEYS_FILE: '/keys/keys.json',
    });
  });

  it('should stand beside API_KEY', () => {
    expect(settingsOf({ API_KEYS_FILE: 'keys.json' })).toMatchObject({
      API_KEY: [KEY],
      API_KEYS_FILE: 'keys.json',
    });
  });

  it('should not make up for one that is wrong', () => {
    expect(mistakesOf({ API_KEY: 'one,', API_KEYS_FILE: 'keys.json' })).toEqual([
      'API_KEY has an empty API key between commas',
    ]);
  });

  it('should be missed beside whatever else is wrong', () => {
    expect(mistakesOf({ API_KEY: '', PORT: 'x', MAX_DOCUMENT_BYTES: 'x' })).toHaveLength(3);
  });
});

describe('TRUST_PROXY', () => {
  it('should be a number of proxies, or their addresses and networks, and nobody by default', () => {
    expect(settingsOf().TRUST_PROXY).toBeUndefined();
    expect(settingsOf({ TRUST_PROXY: ' 2 ' }).TRUST_PROXY).toBe(2);
    expect(settingsOf({ TRUST_PROXY: '10.0.0.0/8, ::1,fd00::/64,192.0.2.1' }).TRUST_PROXY).toEqual([
      '10.0.0.0/8',
      '::1',
      'fd00::/64',
      '192.0.2.1',
    ]);
  });

  it.each([
    'true',
    '0',
    '10',
    '-1',
    'loopback',
    '10.0.0.0/33',
    '::/129',
    '10.0.0/8',
    '10.0.0.1,',
    '10.0.0.1/8/8',
  ])('should not be %s', (TRUST_PROXY) => {
    expect(mistakesOf({ TRUST_PROXY })).toEqual([
      'TRUST_PROXY must be a number of proxies from 1 to 9, or addresses and networks such as 10.0.0.0/8',
    ]);
  });
});

describe('RATE_LIMIT', () => {
  it('should be so many requests in so many seconds, and none by default', () => {
    expect(settingsOf({ RATE_LIMIT: '100/2m' }).RATE_LIMIT).toEqual({ requests: 100, seconds: 120 });
    expect(settingsOf().RATE_LIMIT).toBeUndefined();
    expect(mistakesOf({ RATE_LIMIT: '100' })).toEqual([
      'RATE_LIMIT must be like 100/1s: requests, a slash, and a time of at most a day in s, m or h',
    ]);
  });
});

describe('REDIS_URL', () => {
  it.each(['redis://store', 'rediss://user:p%40ss@store:6380/2', 'redis://[::1]:6379/'])(
    'should be taken as %s',
    (url) => {
      expect(settingsOf({ REDIS_URL: url }).REDIS_URL).toBe(url);
    },
  );

  it.each(['store:6379', 'http://store', 'redis://', 'redis://store/name', 'redis://store?tls=true'])(
    'should not be taken as %s',
    (url) => {
      expect(mistakesOf({ REDIS_URL: url })).toEqual([
        'REDIS_URL must be like rediss://user:password@host:6379/0, without a query',
      ]);
    },
  );
});

describe('PORT', () => {
  it('should win over FLASK_PORT, which stands in for it', () => {
    expect(settingsOf({ FLASK_PORT: '8000' }).PORT).toBe(8000);
    expect(settingsOf({ FLASK_PORT: '8000', PORT: '9000' }).PORT).toBe(9000);
    expect(settingsOf({ FLASK_PORT: '8000', PORT: '' }).PORT).toBe(8000);
    expect(settingsOf({ FLASK_PORT: '', PORT: '' }).PORT).toBe(5000);
  });

  it('should leave no second name for itself among the settings', () => {
    expect(settingsOf({ FLASK_PORT: '8000' })).not.toHaveProperty('FLASK_PORT');
  });

  it('should refuse a wrong FLASK_PORT even when PORT is right', () => {
    expect(mistakesOf({ FLASK_PORT: 'http', PORT: '80' })).toEqual([
      'FLASK_PORT must be a whole number from 0 to 65535',
    ]);
  });
});

describe('numbers', () => {
  it.each(['0', '007', ' 80 ', '65535'])('should take %j as a port', (text) => {
    expect(settingsOf({ PORT: text }).PORT).toBe(Number(text));
  });

  it.each(['-1', '1.5', '1e3', '0x50', '65536', '٨٠', 'Infinity', 'NaN', '1_000', '99999999999999999999'])(
    'should refuse %j as a port',
    (text) => {
      expect(mistakesOf({ PORT: text })).toHaveLength(1);
    },
  );

  it.each(['0', '1', '-0.1', 'half', '1.5', 'NaN'])('should refuse %j as a share', (text) => {
    expect(mistakesOf({ BREAKER_FAILURE_RATIO: text })).toEqual([
      'BREAKER_FAILURE_RATIO must be a number between 0 and 1',
    ]);
  });

  it('should keep every number inside its bounds', () => {
    const atMost = (name: string, value: number): void => {
      expect(settingsOf({ [name]: String(value) })).toHaveProperty(name, value);
      expect(mistakesOf({ [name]: String(value + 1) })).toHaveLength(1);
    };
    const atLeast = (name: string, value: number): void => {
      expect(settingsOf({ [name]: String(value) })).toHaveProperty(name, value);
      if (value > 0) expect(mistakesOf({ [name]: String(value - 1) })).toHaveLength(1);
    };
    atLeast('MAX_ATTEMPTS', 1);
    atMost('MAX_ATTEMPTS', 20);
    atLeast('DEADLINE_MS', 10);
    atMost('DEADLINE_MS', 3_600_000);
    atLeast('DRAIN_DELAY_MS', 0);
    atLeast('UPSTREAM_MAX_IN_FLIGHT', 1);
    atLeast('UPSTREAM_QUEUE_LENGTH', 0);
    atLeast('MAX_URL_BYTES', 64);
    atLeast('STALE_IF_ERROR_SECONDS', 0);
  });
});

describe('UPSTREAM_URL', () => {
  it.each([
    'http://store:3000/{id}',
    'https://store/documents/{id}/content?version=1',
    'http://[::1]:3000/get?id={id}',
  ])('should be taken as %s', (url) => {
    expect(settingsOf({ UPSTREAM_URL: url }).UPSTREAM_URL).toBe(url);
  });

  it.each([
    ['http://store:3000/', 'must hold {id} exactly once'],
    ['http://store/{id}/{id}', 'must hold {id} exactly once'],
    ['/{id}', 'must be an absolute URL'],
    ['http://store:99999/{id}', 'must be an absolute URL'],
    ['ftp://store/{id}', 'must begin with http:// or https://'],
    ['http://user:word@store/{id}', 'must not hold credentials'],
    ['http://store/{id}#part', 'must not hold a fragment'],
    ['http://store/#{id}', 'must not hold a fragment'],
    ['http://{id}.store/', 'must hold {id} in its path or query'],
  ])('should not be taken as %s', (url, line) => {
    expect(mistakesOf({ UPSTREAM_URL: url })).toEqual([`UPSTREAM_URL ${line}`]);
  });
});

describe('DOCUMENT_ID_PATTERN', () => {
  it('should be matched by the whole id, alternatives too', () => {
    const { DOCUMENT_ID_PATTERN: pattern } = settingsOf({ DOCUMENT_ID_PATTERN: '[a-z]+|[0-9]+' });
    expect(['abc', '123'].every((id) => pattern.test(id))).toBe(true);
    expect(['abc1', '1abc', 'abc\n', ''].some((id) => pattern.test(id))).toBe(false);
  });

  it('should be refused when it is no regular expression', () => {
    expect(mistakesOf({ DOCUMENT_ID_PATTERN: '(' })).toEqual([
      'DOCUMENT_ID_PATTERN must be a regular expression',
    ]);
  });
});

describe('READINESS_DOCUMENT', () => {
  const line = 'READINESS_DOCUMENT must be a document id that DOCUMENT_ID_PATTERN matches';

  it('should be off unless it is set', () => {
    expect(settingsOf().READINESS_DOCUMENT).toBeUndefined();
  });

  it('should be an id by the pattern', () => {
    expect(settingsOf({ READINESS_DOCUMENT: '007' }).READINESS_DOCUMENT).toBe('007');
    expect(mistakesOf({ READINESS_DOCUMENT: 'seven' })).toEqual([line]);
    expect(mistakesOf({ READINESS_DOCUMENT: '7', DOCUMENT_ID_PATTERN: '[a-z]+' })).toEqual([line]);
    expect(settingsOf({ READINESS_DOCUMENT: 'seven', DOCUMENT_ID_PATTERN: '[a-z]+' })).toMatchObject({
      READINESS_DOCUMENT: 'seven',
    });
  });

  it('should be no dot segment, whatever the pattern says', () => {
    expect(mistakesOf({ READINESS_DOCUMENT: '..', DOCUMENT_ID_PATTERN: '.*' })).toEqual([line]);
  });

  it('should be reported together with the other mistakes, but not with a pattern that is wrong', () => {
    expect(mistakesOf({ READINESS_DOCUMENT: 'seven', PORT: 'x' })).toContain(line);
    expect(mistakesOf({ READINESS_DOCUMENT: 'seven', DOCUMENT_ID_PATTERN: '[0-9' })).not.toContain(line);
  });
});

describe('CACHE_CONTROL', () => {
  it.each([
    'private, no-cache',
    'private',
    'no-store',
    'max-age=60 ,Private',
    'private, max-age=60, stale-if-error="600"',
  ])('should be taken as %s', (value) => {
    expect(settingsOf({ CACHE_CONTROL: value }).CACHE_CONTROL).toBe(value);
  });

  it.each(['private;', 'private, ', ', private', 'private\r\nX-Header: a', 'privaté', 'private max-age=60'])(
    'should be refused where it is no list of directives: %j',
    (value) => {
      expect(mistakesOf({ CACHE_CONTROL: value })).toEqual([
        'CACHE_CONTROL must be a list of directives, such as private, max-age=60',
      ]);
    },
  );

  it.each([
    'public, max-age=60',
    'max-age=60',
    'no-cache',
    'private="x-header"',
    'x-private',
    'no-store-ever',
  ])('should be refused where it lets shared caches keep what needs a key: %s', (value) => {
    expect(mistakesOf({ CACHE_CONTROL: value })).toEqual(['CACHE_CONTROL must contain private or no-store']);
  });
});

describe('CORS_ORIGINS', () => {
  it.each([
    ['', []],
    ['*', ['*']],
    ['https://a.example', ['https://a.example']],
    [' https://a.example , http://localhost:8080', ['https://a.example', 'http://localhost:8080']],
  ])('should be taken as %j', (value, origins) => {
    expect(settingsOf({ CORS_ORIGINS: value }).CORS_ORIGINS).toEqual(origins);
  });

  it.each([
    'a.example',
    'https://a.example/',
    'https://a.example/path',
    'https://a.example:443',
    'https://A.example',
    'https://*.a.example',
    'https://user@a.example',
    'ftp://a.example',
    'null',
    'https://a.example,',
    'https://a.example https://b.example',
  ])('should be refused where no browser would send it: %s', (value) => {
    expect(mistakesOf({ CORS_ORIGINS: value })).toEqual([
      'CORS_ORIGINS must be origins as browsers send them, such as https://app.example, separated by commas',
    ]);
  });

  it('should be any origin, or those that are named', () => {
    expect(mistakesOf({ CORS_ORIGINS: 'https://a.example, *' })).toEqual([
      'CORS_ORIGINS must be * alone, or origins without it',
    ]);
  });
});

describe('MAX_BUFFERED_BYTES', () => {
  it('should have room for a document that moves into a larger buffer', () => {
    const line = 'MAX_BUFFERED_BYTES must be at least twice MAX_DOCUMENT_BYTES';
    expect(mistakesOf({ MAX_BUFFERED_BYTES: '4095', MAX_DOCUMENT_BYTES: '2048' })).toEqual([line]);
    expect(mistakesOf({ MAX_BUFFERED_BYTES: '4095', MAX_DOCUMENT_BYTES: '2048', PORT: 'x' })).toContain(line);
    expect(settingsOf({ MAX_BUFFERED_BYTES: '4096', MAX_DOCUMENT_BYTES: '2048' })).toMatchObject({
      MAX_BUFFERED_BYTES: 4096,
    });
  });

  it('should have that room by default', () => {
    expect(settingsOf({ MAX_DOCUMENT_BYTES: String(1024 * MIB) }).MAX_BUFFERED_BYTES).toBe(2048 * MIB);
    expect(settingsOf().MAX_BUFFERED_BYTES).toBeGreaterThanOrEqual(2 * settingsOf().MAX_DOCUMENT_BYTES);
  });

  it('should by default follow from the memory that the process may use', () => {
    const machine = 8192 * MIB;
    expect(defaultBufferedBytes(256 * MIB, machine)).toBe(64 * MIB);
    expect(defaultBufferedBytes(0, 2048 * MIB)).toBe(512 * MIB);
    expect(defaultBufferedBytes(2 ** 63, 2048 * MIB)).toBe(512 * MIB);
    expect(defaultBufferedBytes(6144 * MIB, machine)).toBe(1024 * MIB);
    expect(defaultBufferedBytes(1001, machine)).toBe(250);
  });
});

describe('.env.example', () => {
  const example = parseEnv(readFileSync(new URL('../../.env.example', import.meta.url), 'utf8'));

  it('should name every variable that is read, and no other', () => {
    expect(Object.keys(example).sort()).toEqual(Object.keys(environment.in.shape).sort());
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
      'PUBLIC_URL',
      'RATE_LIMIT',
      'READINESS_DOCUMENT',
      'REDIS_URL',
      'TRUST_PROXY',
    ]);
  });
});
