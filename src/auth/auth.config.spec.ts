import { describe, expect, it } from '@jest/globals';
import { mistakesOf as linesOf } from '../settings/mistakes.fixture.ts';
import type { Environment } from '../settings/namespace.ts';
import { authConfig } from './auth.config.ts';

const mistakesOf = (env: Environment): readonly string[] => linesOf(() => authConfig(env));

const KEY = 'a-key-that-is-long-enough';

describe('API_KEY', () => {
  const REQUIRED = 'API_KEY is required unless API_KEYS_FILE is set: one key, or several separated by commas';

  it('should hold several keys, separated by commas and optional spaces', () => {
    expect(authConfig({ API_KEY: ' old-key-old-key ,new-key-new-key' }).keys).toEqual([
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
  it.each([undefined, '', ' '])('should be enough when API_KEY is %j', (API_KEY) => {
    expect(authConfig({ API_KEY, API_KEYS_FILE: '/keys/keys.json' })).toMatchObject({
      keys: [],
      keysFile: '/keys/keys.json',
    });
  });

  it('should be allowed together with API_KEY', () => {
    expect(authConfig({ API_KEY: KEY, API_KEYS_FILE: 'keys.json' })).toMatchObject({
      keys: [KEY],
      keysFile: 'keys.json',
    });
  });

  it('should not make an invalid API_KEY valid', () => {
    expect(mistakesOf({ API_KEY: 'one,', API_KEYS_FILE: 'keys.json' })).toEqual([
      'API_KEY has an empty API key between commas',
    ]);
  });

  it('should be reported as missing together with other mistakes', () => {
    expect(mistakesOf({ AUTH_FAILURES_PER_MINUTE: 'x' })).toHaveLength(2);
  });
});
