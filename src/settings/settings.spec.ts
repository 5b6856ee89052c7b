import { describe, expect, it } from '@jest/globals';
import { mistakesOf as linesOf } from './mistakes.fixture.ts';
import { parseSettings, type Settings } from './settings.ts';

const KEY = 'a-key-that-is-long-enough';

type Env = Readonly<Record<string, string | undefined>>;

const settingsOf = (env: Env = {}): Settings => parseSettings({ API_KEY: KEY, ...env });
const mistakesOf = (env: Env): readonly string[] => linesOf(() => settingsOf(env));

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
    expect(mistakesOf({ API_KEY: '', PORT: 'x', LOG_LEVEL: 'x' })).toHaveLength(3);
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
