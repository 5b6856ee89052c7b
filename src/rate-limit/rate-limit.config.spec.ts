import { describe, expect, it } from '@jest/globals';
import { mistakesOf as linesOf } from '../settings/mistakes.fixture.ts';
import type { Environment } from '../settings/namespace.ts';
import { rateLimitConfig } from './rate-limit.config.ts';

const mistakesOf = (env: Environment): readonly string[] => linesOf(() => rateLimitConfig(env));

describe('RATE_LIMIT', () => {
  it('should be requests per seconds, and none by default', () => {
    expect(rateLimitConfig({ RATE_LIMIT: '100/2m' }).rate).toEqual({ requests: 100, seconds: 120 });
    expect(rateLimitConfig().rate).toBeUndefined();
    expect(mistakesOf({ RATE_LIMIT: '100' })).toEqual([
      'RATE_LIMIT must be like 100/1s: requests, a slash, and a time of at most a day in s, m or h',
    ]);
  });
});

describe('REDIS_URL', () => {
  it.each(['redis://store', 'rediss://user:p%40ss@store:6380/2', 'redis://[::1]:6379/'])(
    'should be taken as %s',
    (url) => {
      expect(rateLimitConfig({ REDIS_URL: url }).redisUrl).toBe(url);
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
