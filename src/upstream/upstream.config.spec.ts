import { describe, expect, it } from '@jest/globals';
import { mistakesOf } from '../settings/mistakes.fixture.ts';
import { upstreamConfig } from './upstream.config.ts';

it('should have these timeouts by default, and keep connections', () => {
  expect(upstreamConfig()).toEqual({
    url: 'http://localhost:3000/{id}',
    headersTimeoutMs: 3_000,
    bodyTimeoutMs: 3_000,
    minBytesPerSecond: 16_384,
    keepAlive: true,
    readiness: 'startup',
  });
});

it('should require timeouts above 0, but no minimum rate', () => {
  expect(mistakesOf(() => upstreamConfig({ UPSTREAM_BODY_TIMEOUT_MS: '0' }))).toEqual([
    'UPSTREAM_BODY_TIMEOUT_MS must be a whole number from 1 to 3600000',
  ]);
  expect(upstreamConfig({ UPSTREAM_MIN_BYTES_PER_SECOND: '0' }).minBytesPerSecond).toBe(0);
});

describe('UPSTREAM_URL', () => {
  it.each([
    'http://store:3000/{id}',
    'https://store/documents/{id}/content?version=1',
    'http://[::1]:3000/get?id={id}',
  ])('should be taken as %s', (url) => {
    expect(upstreamConfig({ UPSTREAM_URL: url }).url).toBe(url);
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
    expect(mistakesOf(() => upstreamConfig({ UPSTREAM_URL: url }))).toEqual([`UPSTREAM_URL ${line}`]);
  });
});
