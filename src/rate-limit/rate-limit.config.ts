import * as z from 'zod';
import { namespace } from '../settings/namespace.ts';
import { rate } from '../settings/rate.ts';

/** The default rate limit, and where requests are counted. */
export const rateLimitConfig = namespace('rate-limit', {
  /** The rate limit of consumers without their own; none by default. */
  rate: ['RATE_LIMIT', rate.optional()],
  /** The Redis in which all replicas count together. Without it, each replica counts alone. */
  redisUrl: [
    'REDIS_URL',
    z
      .string()
      .refine(isRedisUrl, { error: 'must be like rediss://user:password@host:6379/0, without a query' })
      .optional(),
  ],
});

function isRedisUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    (url?.protocol === 'redis:' || url?.protocol === 'rediss:') &&
    url.hostname !== '' &&
    url.search + url.hash === '' &&
    /^(\/\d{0,5})?$/.test(url.pathname)
  );
}
