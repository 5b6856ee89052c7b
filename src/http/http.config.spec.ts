import { describe, expect, it } from '@jest/globals';
import { mistakesOf as linesOf } from '../settings/mistakes.fixture.ts';
import type { Environment } from '../settings/namespace.ts';
import { httpConfig } from './http.config.ts';

const mistakesOf = (env: Environment): readonly string[] => linesOf(() => httpConfig(env));

it('should have long timeouts for clients by default, and trust no proxy', () => {
  expect(httpConfig()).toEqual({
    host: '0.0.0.0',
    port: 5_000,
    corsOrigins: [],
    requestTimeoutMs: 10_000,
    keepAliveTimeoutMs: 75_000,
    clientMinBytesPerSecond: 16_384,
    maxConnections: 2_048,
    drainDelayMs: 5_000,
    shutdownTimeoutMs: 15_000,
  });
});

it('should take no time to drain, but some to finish', () => {
  expect(httpConfig({ DRAIN_DELAY_MS: '0' }).drainDelayMs).toBe(0);
  expect(mistakesOf({ SHUTDOWN_TIMEOUT_MS: '0' })).toEqual([
    'SHUTDOWN_TIMEOUT_MS must be a whole number from 1 to 3600000',
  ]);
});

describe('TRUST_PROXY', () => {
  it('should be a number of proxies, or their addresses and networks, and nobody by default', () => {
    expect(httpConfig().trustedProxies).toBeUndefined();
    expect(httpConfig({ TRUST_PROXY: ' 2 ' }).trustedProxies).toBe(2);
    expect(httpConfig({ TRUST_PROXY: '10.0.0.0/8, ::1,fd00::/64,192.0.2.1' }).trustedProxies).toEqual([
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

describe('PORT', () => {
  it('should win over FLASK_PORT, which stands in for it', () => {
    expect(httpConfig({ FLASK_PORT: '8000' }).port).toBe(8000);
    expect(httpConfig({ FLASK_PORT: '8000', PORT: '9000' }).port).toBe(9000);
    expect(httpConfig({ FLASK_PORT: '8000', PORT: '' }).port).toBe(8000);
    expect(httpConfig({ FLASK_PORT: '', PORT: '' }).port).toBe(5000);
  });

  it('should leave no second name for itself among the settings', () => {
    expect(httpConfig({ FLASK_PORT: '8000' })).not.toHaveProperty('flaskPort');
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
    expect(httpConfig({ CORS_ORIGINS: value }).corsOrigins).toEqual(origins);
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
  ])('should be refused when it is not an origin: %s', (value) => {
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
