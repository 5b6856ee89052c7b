import { parseArgs } from 'node:util';
import { proxies } from './proxies.ts';
import type { Plan } from './rounds.ts';
import { workloads } from './workloads.ts';

export const HELP = `Measures the gateway side by side with plain proxies.

Usage: npm run bench -- [--quick] [--rounds N] [--workload NAME]... [--proxy NAME]... [--json FILE] [--svg FILE]
  --quick          one round of short windows, in about a minute: whether all works, not how fast it is
  --rounds N       how often everything is repeated, 5 by default
  --seconds N      of each window that is measured, 1.6 by default
  --workload NAME  this one alone; may be given more than once: ${workloads.map(({ name }) => name).join(', ')}
  --proxy NAME     this one alone; may be given more than once, and what they are compared with should be among them:
                   ${proxies.map(({ name }) => name).join(', ')}
  --json FILE      writes what was measured
  --svg FILE       writes the chart

It ends with 1 when something is broken, not when something is slow.
`;

export interface Arguments {
  readonly plan: Plan;
  readonly workloads: readonly string[];
  readonly proxies: readonly string[];
  readonly json: string | undefined;
  readonly svg: string | undefined;
  readonly help: boolean;
}

const QUICK: Plan = { rounds: 1, firstWarmUp: 0.5, warmUp: 0.3, saturated: 0.7, paced: 1 };

/** @throws TypeError for unknown arguments */
export function parseArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      workload: { type: 'string', multiple: true, default: [] },
      proxy: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      svg: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const names = (
    given: readonly string[],
    known: readonly { readonly name: string }[],
  ): readonly string[] => {
    const all = known.map(({ name }) => name);
    const unknown = given.find((name) => !all.includes(name));
    if (unknown !== undefined) throw new TypeError(`there is no ${unknown}, only ${all.join(', ')}`);
    return given.length === 0 ? all : given;
  };
  const rounds = number('--rounds', values.rounds);
  const seconds = number('--seconds', values.seconds);
  const plan = values.quick ? QUICK : planOf(seconds ?? 1.6);
  return {
    plan: { ...plan, ...(rounds !== undefined && { rounds }) },
    workloads: names(values.workload, workloads),
    proxies: names(values.proxy, proxies),
    json: values.json,
    svg: values.svg,
    help: values.help,
  };
}

function planOf(seconds: number): Plan {
  return { rounds: 5, firstWarmUp: 2 * seconds, warmUp: 0.5 * seconds, saturated: seconds, paced: seconds };
}

function number(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0)) throw new TypeError(`${name} must be a number above 0`);
  return value;
}
