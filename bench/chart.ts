import type { Run } from './summary.ts';
import { quantity } from './summary.ts';
import { barChart } from './svg.ts';
import { workloads } from './workloads.ts';

/** What a request costs each proxy, with the mix of the real store. */
export function chartOf(run: Run): string {
  const mix = workloads.find(({ name }) => name === 'mix');
  const bars = (mix?.proxies ?? []).flatMap((proxy) => {
    const cpu = quantity(run, { workload: 'mix', proxy, mode: 'saturated' }, 'cpuMicros');
    if (cpu === undefined) return [];
    return { label: proxy, value: cpu.median, min: cpu.min, max: cpu.max, isOurs: proxy === 'gateway' };
  });
  return barChart({
    title: 'Processor time for each request',
    subtitle: `5 PNG of 48 KB, 4 PDF of 13 KB and 1 damaged in 10; medians of ${run.plan.rounds} rounds, least to most`,
    unit: 'µs',
    bars: bars.toSorted((a, b) => a.value - b.value),
  });
}
