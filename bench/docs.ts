/** `npm run bench:docs`: writes the results into docs/performance.md, and its charts beside it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { costChart, sizeChart } from './chart.ts';
import type { Growth } from './growth-summary.ts';
import { sectionsOf } from './page.ts';
import { replaceSections } from './sections.ts';
import type { Run } from './summary.ts';

const docs = new URL('../docs/', import.meta.url);

const { values, positionals } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean' } } });
const [runFile, growthFile] = positionals;
if (values.help === true || runFile === undefined || growthFile === undefined) {
  console.log(`Usage: node bench/docs.ts RUN GROWTH, what --json of the two benchmarks wrote`);
  process.exitCode = values.help === true ? 0 : 1;
} else {
  const run = JSON.parse(readFileSync(runFile, 'utf8')) as Run;
  const growth = JSON.parse(readFileSync(growthFile, 'utf8')) as Growth;
  const page = new URL('performance.md', docs);
  mkdirSync(new URL('performance/', docs), { recursive: true });
  writeFileSync(new URL('performance/cost.svg', docs), costChart(run));
  writeFileSync(new URL('performance/size.svg', docs), sizeChart(growth));
  writeFileSync(page, replaceSections(readFileSync(page, 'utf8'), sectionsOf(run, growth)));
}
