/**
 * `npm run bench:damage`: writes how much damage the gateway and verifying peers accept into docs/verification.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { damageRows, gatewayCheck } from './damage-table.ts';
import { check as quickCheck } from './peers/axios-pdf-lib.ts';
import { check as thoroughCheck } from './peers/axios-pdfjs-dist.ts';
import { replaceSections } from './sections.ts';
import { toMarkdown, toText } from './table.ts';

const page = new URL('../docs/verification.md', import.meta.url);

const { values } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
if (values.help === true) {
  console.log('Usage: npm run bench:damage -- [--check], which writes nothing and fails if it would');
} else {
  // pdf-lib logs a warning for each object that it repairs.
  console.warn = () => undefined;
  const table = {
    columns: ['damage', 'PDF: gateway', 'pdf-lib', 'pdf.js', 'PNG: gateway', 'signature and end', 'pngjs'],
    rows: await damageRows([gatewayCheck, quickCheck, thoroughCheck]),
  };
  console.log(toText(table));
  const before = readFileSync(page, 'utf8');
  const after = replaceSections(before, new Map([['damage', toMarkdown(table)]]));
  if (values.check !== true) writeFileSync(page, after);
  else if (after !== before)
    throw new Error('docs/verification.md says something else: npm run bench:damage');
}
