/** `npm run bench:growth`: how costs grow with connections, sizes, ids and requests. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { connectionSeries, longRun, sizeSeries } from './growth-series.ts';
import { connectionTable, type Growth, growthGoals, sizeTable, stretchTable } from './growth-summary.ts';
import { gitCommit, thisMachine } from './machine.ts';
import { referenceProxy, stripPeers } from './proxies.ts';
import { Stage } from './stage.ts';
import { goalTable, toText } from './table.ts';

const HELP = `Measures how the gateway's costs grow: from 1 to 512 connections, from 10 KB to 20 MB, and over a million requests.

Usage: npm run bench:growth -- [--requests N] [--json FILE]
  --requests N  how long the long run is, 1000000 by default
  --json FILE   writes what was measured
`;

async function measure(requests: number): Promise<Growth> {
  stripPeers([referenceProxy]);
  const stage = new Stage();
  try {
    return {
      at: new Date().toISOString(),
      commit: gitCommit(),
      machine: thisMachine(),
      connections: await connectionSeries(stage, referenceProxy, console.log),
      sizes: await sizeSeries(stage, referenceProxy, console.log),
      stretches: await longRun(stage, requests, console.log),
    };
  } finally {
    stage.close();
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: '1000000' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const requests = Number(values.requests);
  if (!(requests >= 1_000)) throw new TypeError('--requests must be a number from 1000');
  if (values.help) {
    console.log(HELP);
  } else {
    const growth = await measure(requests);
    for (const table of [connectionTable(growth), sizeTable(growth), stretchTable(growth)]) {
      console.log(`\n${toText(table)}`);
    }
    console.log(`\ngoals\n${toText(goalTable(growthGoals(growth)))}`);
    if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(growth));
  }
} catch (error) {
  console.error(error instanceof TypeError ? `${error.message}\n\n${HELP}` : error);
  process.exitCode = 1;
}
