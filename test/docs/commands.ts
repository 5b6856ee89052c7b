/**
 * Prints commands of the documentation, each ended by a NUL, for a script to run as they are written.
 *
 *   node test/docs/commands.ts compose|kubernetes   those of the runbooks
 *   node test/docs/commands.ts pages                those of README and docs that the stack of Compose answers
 */
import { runbookCommands, runnableCommands } from './commands-of-pages.ts';

const [kind] = process.argv.slice(2);
const commands =
  kind === 'pages'
    ? runnableCommands()
    : kind === 'compose' || kind === 'kubernetes'
      ? runbookCommands(kind)
      : undefined;
if (commands === undefined) {
  console.error('usage: node test/docs/commands.ts compose|kubernetes|pages');
  process.exit(2);
}
for (const command of commands) process.stdout.write(`${command}\0`);
