import { type Growth, sizeCosts, sizeName } from './growth-summary.ts';
import { quantity, type Run } from './summary.ts';
import { barChart, lineChart } from './svg.ts';
import { workloads } from './workloads.ts';

/** The processor time of each proxy for a request, with the mix of the real upstream. */
export function costChart(run: Run): string {
  const mix = workloads.find(({ name }) => name === 'mix');
  const bars = (mix?.proxies ?? []).flatMap((proxy) => {
    const cpu = quantity(run, { workload: 'mix', proxy, mode: 'saturated' }, 'cpuMicros');
    if (cpu === undefined) return [];
    return { label: proxy, value: cpu.median, min: cpu.min, max: cpu.max, isOurs: proxy === 'gateway' };
  });
  return barChart({
    title: 'Processor time for each request',
    subtitle: `5 PNG of 48 KB, 4 PDF of 13 KB, 1 damaged in 10; medians of ${run.plan.rounds} rounds, least to most`,
    unit: 'µs',
    bars: bars.toSorted((a, b) => a.value - b.value),
  });
}

/** The processor time for a request by the size of its document. */
export function sizeChart({ sizes }: Growth): string {
  return lineChart({
    title: 'Processor time by the size of the document',
    subtitle: 'every document different, deep verification, 4 connections',
    x: sizeName,
    y: (micros) => (micros < 1e3 ? `${micros} µs` : `${micros / 1e3} ms`),
    series: [
      { label: 'gateway, PDF', points: sizeCosts(sizes, 'gateway', 'pdf') },
      { label: 'gateway, PNG', points: sizeCosts(sizes, 'gateway', 'png') },
      { label: 'node-http', points: sizeCosts(sizes, 'node-http', 'pdf') },
    ],
  });
}
