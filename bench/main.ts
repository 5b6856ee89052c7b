/** `npm run bench`: the gateway and plain proxies in front of the same upstream, in alternating rounds. */
import { writeFileSync } from 'node:fs';
import { type Arguments, HELP, parseArguments } from './arguments.ts';
import { costChart } from './chart.ts';
import { goalsOf } from './goals.ts';
import { gitCommit, thisMachine } from './machine.ts';
import { hasNginx, proxies, stripPeers } from './proxies.ts';
import { playRounds } from './rounds.ts';
import { Stage } from './stage.ts';
import type { Run } from './summary.ts';
import { footprintTable, goalTable, toText, workloadTable } from './table.ts';
import { workloads } from './workloads.ts';

async function measure(args: Arguments): Promise<Run> {
  const chosen = workloads.filter(({ name }) => args.workloads.includes(name));
  const needed = proxies.filter(
    ({ name }) => args.proxies.includes(name) && chosen.some((workload) => workload.proxies.includes(name)),
  );
  const present = needed.filter(({ name }) => name !== 'nginx' || hasNginx());
  if (present.length < needed.length) console.log('nginx is not installed, and left out');
  stripPeers(present);
  const stage = new Stage();
  try {
    const rounds = await playRounds(stage, chosen, present, args.plan, console.log);
    return {
      at: new Date().toISOString(),
      commit: gitCommit(),
      machine: thisMachine(),
      plan: args.plan,
      ...rounds,
    };
  } finally {
    stage.close();
  }
}

function print(run: Run): void {
  for (const workload of workloads) {
    const table = workloadTable(run, workload);
    if (table.rows.length > 0) console.log(`\n${workload.name}: ${workload.about}\n${toText(table)}`);
  }
  const footprints = footprintTable(
    run,
    proxies.map(({ name }) => name),
  );
  console.log(`\nfootprint\n${toText(footprints)}`);
  console.log(`\ngoals\n${toText(goalTable(goalsOf(run)))}`);
}

// process.exit also kills the child processes.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  const args = parseArguments(process.argv.slice(2));
  if (args.help) {
    console.log(HELP);
  } else {
    const run = await measure(args);
    print(run);
    if (args.json !== undefined) writeFileSync(args.json, JSON.stringify(run));
    if (args.svg !== undefined) writeFileSync(args.svg, costChart(run));
  }
} catch (error) {
  console.error(error instanceof TypeError ? `${error.message}\n\n${HELP}` : error);
  process.exitCode = 1;
}
