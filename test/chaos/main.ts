/** The chaos tests: the built gateway as a process, with an upstream that has every fault. */
import { parseArgs } from 'node:util';
import { realDocuments as haveRealDocuments } from '../upstream/real-documents.ts';
import { describe, hasPassed, type Result, summarise } from './report.ts';
import type { Scenario } from './scenario.ts';
import { clientsLeave } from './scenarios/clients-leave.ts';
import { damagedHalf, damagedTenth, realDocuments } from './scenarios/damaged.ts';
import { largeDocuments } from './scenarios/large-documents.ts';
import { overload } from './scenarios/overload.ts';
import { resets } from './scenarios/resets.ts';
import { rollingRestart } from './scenarios/rolling-restart.ts';
import { slowloris } from './scenarios/slowloris.ts';
import { soak } from './scenarios/soak.ts';
import { upstreamDead } from './scenarios/upstream-dead.ts';
import { upstreamStalls } from './scenarios/upstream-stalls.ts';
import { wrongAnswers } from './scenarios/wrong-answers.ts';
import { Stage } from './stage.ts';

const HELP = `Usage: npm run test:chaos -- [--list] [--only NAME]... [--minutes N]
  --list       names the scenarios and ends
  --only NAME  plays this scenario alone; may be given more than once
  --minutes N  how long the soak lasts, 1 by default
`;

const scenarios: readonly Scenario[] = [
  damagedTenth,
  ...(haveRealDocuments() === undefined ? [] : [realDocuments]),
  damagedHalf,
  upstreamDead,
  upstreamStalls,
  resets,
  wrongAnswers,
  largeDocuments,
  overload,
  clientsLeave,
  rollingRestart,
  slowloris,
  soak,
];

async function play(scenario: Scenario, minutes: number): Promise<Result> {
  const startedAt = performance.now();
  const stage = new Stage(minutes);
  try {
    await scenario.run(stage);
  } catch (error) {
    const measured = error instanceof Error ? (error.stack ?? error.message) : String(error);
    stage.check('the scenario plays to its end', false, measured);
  } finally {
    await stage.close();
  }
  return { scenario, checks: stage.checks, seconds: (performance.now() - startedAt) / 1000 };
}

/** Parses the chosen scenarios and the minutes of the soak. Throws a TypeError for unknown arguments. */
function parseArguments(): {
  readonly chosen: readonly Scenario[];
  readonly minutes: number;
  readonly list: boolean;
} {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean', default: false },
      minutes: { type: 'string', default: '1' },
    },
  });
  const names = new Set(scenarios.map(({ name }) => name));
  const unknown = values.only.find((name) => !names.has(name));
  if (unknown !== undefined) throw new TypeError(`there is no scenario ${unknown}: see --list`);
  const minutes = Number(values.minutes);
  if (!(minutes >= 1)) throw new TypeError('--minutes must be a number from 1');
  const chosen = scenarios.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
  return { chosen, minutes, list: values.list };
}

async function run(): Promise<boolean> {
  const { chosen, minutes, list } = parseArguments();
  if (list) {
    for (const { name, about } of chosen) console.log(`${name.padEnd(18)} ${about}`);
    return true;
  }
  const results: Result[] = [];
  for (const scenario of chosen) {
    const result = await play(scenario, minutes);
    console.log(describe(result));
    results.push(result);
  }
  console.log(summarise(results));
  return results.every(hasPassed);
}

// process.exit also ends the processes of the scenario.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  process.exitCode = (await run()) ? 0 : 1;
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
  process.exitCode = 1;
}
