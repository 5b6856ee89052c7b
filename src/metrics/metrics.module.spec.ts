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

it('should start the series of known labels at 0, those of histograms too', async () => {
  const module = await testingModule([]).compile();
  const { values = [] } =
    (await module.get(Registry).getSingleMetric('http_request_duration_seconds')?.get()) ?? {};
  const counts = values.filter(
    (value) => 'metricName' in value && String(value.metricName).endsWith('_count'),
  );
  expect(counts.find(({ labels }) => labels['status'] === '504' && labels['method'] === 'GET')?.value).toBe(
    0,
  );
  await module.close();
});
