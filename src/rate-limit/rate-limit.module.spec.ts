import { expect, it, jest } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { Readiness } from '../health/readiness.ts';
import { testingModule } from '../module.fixture.ts';
import { RateLimitGuard } from './rate-limit.guard.ts';
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

it('should never ask a consumer to wait for more than a window, also when the system clock is set back', async () => {
  const module = await testingModule([RateLimitModule.with(true)], { RATE_LIMIT: '1/1m' }).compile();
  await module.init();
  const limiter = module.get(RateLimiter, { strict: false });
  const guard = new RateLimitGuard(limiter, {
    labels: () => ({ inc: () => undefined }),
  } as unknown as Counter);
  const reply = { headers: () => undefined };
  const http = { getRequest: () => ({ consumer: { name: 'one' } }), getResponse: () => reply };
  const context = { switchToHttp: () => http } as unknown as ExecutionContext;
  expect(await guard.canActivate(context)).toBe(true);
  const now = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 36_000_000);
  await expect(guard.canActivate(context)).rejects.toMatchObject({ headers: { 'retry-after': '60' } });
  now.mockRestore();
  await module.close();
});
