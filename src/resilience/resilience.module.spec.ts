import { afterEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Registry } from 'prom-client';
import { testingModule } from '../module.fixture.ts';
import { Breaker } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import { ByteBudget } from './byte-budget.ts';
import { ResilienceModule } from './resilience.module.ts';

let module: TestingModule;

async function compile(env: Readonly<Record<string, string>> = {}): Promise<void> {
  module = await testingModule([ResilienceModule], env).compile();
}

async function gauge(name: string): Promise<number | undefined> {
  const { values } = (await module.get(Registry).getSingleMetric(name)?.get()) ?? { values: [] };
  return values[0]?.value;
}

afterEach(() => module.close());

describe('the protections', () => {
  it('should have the bounds of the settings', async () => {
    await compile({ UPSTREAM_MAX_IN_FLIGHT: '3', MAX_BUFFERED_BYTES: '70000000' });
    expect(module.get(Bulkhead).capacity).toBe(3);
    expect(module.get(ByteBudget).limit).toBe(70_000_000);
  });

  it('should show their state as metrics', async () => {
    await compile({ UPSTREAM_MAX_IN_FLIGHT: '3' });
    expect(await gauge('bulkhead_capacity')).toBe(3);
    expect(await gauge('buffered_bytes')).toBe(0);
    module.get(ByteBudget).lease().grow(1_000);
    expect(await gauge('buffered_bytes')).toBe(1_000);
  });

  it('should count only outages as failures', async () => {
    await compile({ BREAKER_MIN_SAMPLES: '3' });
    const breaker = module.get(Breaker);
    const { signal } = new AbortController();
    const reject = (error: unknown) => (): Promise<never> => Promise.reject(error);
    for (let i = 0; i < 5; i += 1)
      await breaker.run(signal, '1', reject(new Error('other'))).catch(() => undefined);
    expect(breaker.state).toBe('closed');
    for (let i = 0; i < 10 && breaker.state === 'closed'; i += 1)
      await breaker
        .run(signal, '1', reject(Object.assign(new Error('failed'), { isOutage: true })))
        .catch(() => undefined);
    expect(await gauge('breaker_state')).toBe(2);
  });
});
