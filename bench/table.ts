import { type Goal, isMet } from './goals.ts';
import type { Rounds } from './rounds.ts';
import type { Spread } from './statistics.ts';
import { atRest, isHelperBound, isShedding, maxResident, quantity, ratio, type Where } from './summary.ts';
import type { Workload } from './workloads.ts';

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const NOTHING = '-';

/** The results of every proxy for a workload: medians over the rounds, and the range where a column says so. */
export function workloadTable(run: Rounds, workload: Workload): Table {
  const [reference = ''] = workload.proxies;
  const rows = workload.proxies.flatMap((proxy) => {
    const where = { workload: workload.name, proxy, mode: 'saturated' } as const;
    const cpu = quantity(run, where, 'cpuMicros');
    if (cpu === undefined) return [];
    const paced = { ...where, mode: 'paced' } as const;
    return [
      [
        proxy,
        format(cpu.median, 0),
        range(cpu, 0),
        format(ratio(run, where, reference, 'cpuMicros')?.median, 2),
        format(quantity(run, where, 'perSecond')?.median, 0) + marks(run, where, paced),
        format(quantity(run, where, 'cores')?.median, 2),
        format(quantity(run, where, 'p50')?.median, 1),
        format(quantity(run, where, 'p99')?.median, 1),
        format(quantity(run, paced, 'p50')?.median, 2),
        format(quantity(run, paced, 'p99')?.median, 2),
      ],
    ];
  });
  return {
    columns: [
      'proxy',
      'CPU µs',
      'least to most',
      '×',
      'requests/s',
      'cores',
      'p50 ms',
      'p99 ms',
      'p50 ms at 500/s',
      'p99 ms at 500/s',
    ],
    rows,
  };
}

/**
 * `*`: the upstream or the load generator used a whole processor and limits the throughput. `!`: requests were
 * rejected.
 */
function marks(run: Rounds, saturated: Where, paced: Where): string {
  const isShed = isShedding(run, saturated) || isShedding(run, paced);
  return (isHelperBound(run, saturated) ? ' *' : '') + (isShed ? ' !' : '');
}

export function footprintTable(run: Rounds, proxies: readonly string[]): Table {
  const megabytes = (bytes: Spread | undefined): string => format(bytes && bytes.median / 1e6, 0);
  return {
    columns: ['proxy', 'start ms', 'least to most', 'at rest MB', '64 connections MB'],
    rows: proxies.flatMap((proxy) => {
      const start = atRest(run, proxy, 'startMs');
      if (start === undefined) return [];
      return [
        [
          proxy,
          format(start.median, 0),
          range(start, 0),
          megabytes(atRest(run, proxy, 'residentBytes')),
          megabytes(maxResident(run, proxy)),
        ],
      ];
    }),
  };
}

export function goalTable(goals: readonly Goal[]): Table {
  return {
    columns: ['goal', 'at most', 'measured', 'least to most', ''],
    rows: goals.map((goal) => {
      const digits = goal.unit === 'MB' || goal.atMost >= 100 ? 0 : 2;
      const met = isMet(goal);
      return [
        goal.name,
        `${goal.atMost} ${goal.unit}`,
        goal.measured === undefined ? NOTHING : `${format(goal.measured.median, digits)} ${goal.unit}`,
        goal.measured === undefined ? NOTHING : range(goal.measured, digits),
        met === undefined ? 'not measured' : met ? 'met' : 'not met',
      ];
    }),
  };
}

/** Formats a table for the terminal: the first column on the left, numbers on the right. */
export function toText({ columns, rows }: Table): string {
  const lines = [columns, ...rows];
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const pad = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0);
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

/** Formats a table as Markdown like Prettier. */
export function toMarkdown({ columns, rows }: Table): string {
  const lines = [columns, ...rows];
  const widths = columns.map((_, column) => Math.max(3, ...lines.map((line) => (line[column] ?? '').length)));
  const pad = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0);
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [columns.map(pad), rule, ...rows.map((row) => row.map(pad))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

export function format(value: number | undefined, digits: number): string {
  if (value === undefined || Number.isNaN(value)) return NOTHING;
  return value.toLocaleString('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function range({ min, max }: Spread, digits: number): string {
  return `${format(min, digits)} to ${format(max, digits)}`;
}
