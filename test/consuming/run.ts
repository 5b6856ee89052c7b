import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Gateway } from '../e2e/harness.ts';
import { KEY } from '../e2e/harness.ts';

/** Runs a program as a consumer would, and gives what it printed. Rejects when it fails, with all that it said. */
export async function runAgainst(
  { origin }: Pick<Gateway, 'origin'>,
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<string> {
  const env = { PATH: process.env['PATH'], GATEWAY_URL: origin, API_KEY: KEY };
  const { stdout } = await promisify(execFile)(program, args, { cwd, env, timeout: 60_000 });
  return stdout;
}
