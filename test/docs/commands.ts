/**
 * Prints the commands of the runbooks, each followed by a NUL, for a script that runs them unchanged.
 *
 *   node test/docs/commands.ts compose|kubernetes
 */
import { runbookCommands } from './commands-of-pages.ts';

const [column] = process.argv.slice(2);
if (column !== 'compose' && column !== 'kubernetes') {
  console.error('usage: node test/docs/commands.ts compose|kubernetes');
  process.exit(2);
}
for (const command of runbookCommands(column)) process.stdout.write(`${command}\0`);
