import { expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { testingModule } from '../module.fixture.ts';

it('should give each app its own registry, and leave the global one empty', async () => {
  const first = await testingModule([]).compile();
  const second = await testingModule([]).compile();
  const names = first
    .get(Registry)
    .getMetricsAsArray()
    .map(({ name }) => name);
  expect(names).toContain('http_request_duration_seconds');
  expect(names).toContain('process_cpu_seconds_total');
  expect(names).not.toContain('nodejs_active_handles_total');
  expect(second.get(Registry)).not.toBe(first.get(Registry));
  expect((await import('prom-client')).register.getMetricsAsArray()).toEqual([]);
  await first.close();
  await second.close();
});
