import { z } from 'zod';
import { namespace } from '../settings/namespace.ts';
import { rate } from '../settings/rate.ts';

/** How often consumers may ask. */
export const rateLimitConfig = namespace('rate-limit', {
  /** Of each consumer that has none of its own; none by default. */
  rate: ['RATE_LIMIT', rate.optional()],
  /** The store in which all replicas count together; without it, each counts on its own. */
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
