import { capacityTable, sizingTable } from './capacity.ts';
import { goalsOf } from './goals.ts';
import { connectionTable, type Growth, growthGoals, sizeTable, stretchTable } from './growth-summary.ts';
import type { Run } from './summary.ts';
import { footprintTable, goalTable, toMarkdown, workloadTable } from './table.ts';
import { workloads } from './workloads.ts';

/** The text for each pair of markers in docs/performance.md. */
export function sectionsOf(run: Run, growth: Growth): ReadonlyMap<string, string> {
  const proxies = [...new Set(workloads.flatMap((workload) => workload.proxies))];
  const tables = workloads.map(
    (workload) => `**${workload.name}**: ${workload.about}.\n\n${toMarkdown(workloadTable(run, workload))}`,
  );
  return new Map([
    ['measured', measuredOn(run, growth)],
    ['goals', toMarkdown(goalTable([...goalsOf(run), ...growthGoals(growth)]))],
    ['workloads', tables.join('\n\n')],
    ['footprint', toMarkdown(footprintTable(run, proxies))],
    ['connections', toMarkdown(connectionTable(growth))],
    ['sizes', toMarkdown(sizeTable(growth))],
    ['stretches', toMarkdown(stretchTable(growth))],
    ['worth', toMarkdown(capacityTable(run))],
    ['sizing', toMarkdown(sizingTable(run))],
  ]);
}

function measuredOn(run: Run, growth: Growth): string {
  const { processor, cores, kernel, node, nginx } = run.machine;
  const date = (at: string): string => at.slice(0, 16).replace('T', ' ');
  const { rounds, saturated } = run.plan;
  return [
    `Measured on ${date(run.at)} UTC (commit ${run.commit ?? 'unknown'}) and, for growth, ${date(growth.at)} UTC`,
    `(commit ${growth.commit ?? 'unknown'}), on ${cores} cores of an ${processor}, Linux ${kernel}, Node ${node},`,
    `nginx ${nginx ?? 'not installed'}: ${rounds} rounds, windows of ${saturated} s.`,
    ...(rounds < 5 || saturated < 1.5
      ? ['**A short run: its figures are orders of magnitude, no more.**']
      : []),
  ].join('\n');
}
