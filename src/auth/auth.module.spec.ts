import { afterEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Registry } from 'prom-client';
import { Readiness } from '../health/readiness.ts';
import { testingModule } from '../module.fixture.ts';
import { AuthModule } from './auth.module.ts';
import { KeyStore } from './key-store.ts';

let module: TestingModule;
afterEach(() => module.close());

describe('API keys', () => {
  it('should be those of the settings', async () => {
    module = await testingModule([AuthModule], {
      API_KEY: 'first-key-of-two-00001,second-key-of-two-0002',
    }).compile();
    const keys = module.get(KeyStore);
    expect(keys.consumerOf('second-key-of-two-0002')).toEqual({ name: 'key-2' });
    expect(keys.consumerOf('another-key-000000001')).toBeUndefined();
  });

  it('should appear in the readiness, with failure counters that start at 0', async () => {
    module = await testingModule([AuthModule]).compile();
    const [check] = module.get(Readiness).checks;
    expect(await check?.()).toMatchObject({ keys: { status: 'up' } });
    const failures = await module.get(Registry).getSingleMetric('authentication_failures_total')?.get();
    expect(failures?.values.map(({ labels, value }) => [labels['reason'], value])).toEqual([
      ['missing', 0],
      ['unknown', 0],
      ['expired', 0],
      ['throttled', 0],
    ]);
  });
});
