import { expect, it } from '@jest/globals';
import { Readiness } from '../health/readiness.ts';
import { testingModule } from '../module.fixture.ts';
import { RateLimitModule } from './rate-limit.module.ts';
import { RateLimiter } from './rate-limiter.ts';

it.each([true, false])(
  'should tell the readiness about its counts, whether anybody is limited: %s',
  async (limits) => {
    const module = await testingModule([RateLimitModule.with(limits)]).compile();
    const results: object[] = [];
    for (const check of module.get(Readiness).checks) results.push(await check());
    expect(Object.assign({}, ...results)).toMatchObject({
      rateLimits: { status: 'up' },
      keys: { status: 'up' },
    });
    expect(module.get(RateLimiter, { strict: false }).storeIsDown).toBe(false);
    await module.close();
  },
);
