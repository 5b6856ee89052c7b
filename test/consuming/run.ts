import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Gateway, KEY } from '../e2e/harness.ts';
import { eventually } from '../eventually.ts';

/** Runs a program as a consumer. Resolves with its standard output; rejects with its whole output when it fails. */
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

/** Runs a program while the upstream fails. The upstream recovers after the first attempt of the gateway. */
export async function runBesideFailure(
  gateway: Gateway,
  ...[program, args, cwd]: [program: string, args: readonly string[], cwd: string]
): Promise<string> {
  gateway.fail({ kind: 'status', status: 500 });
  const { requests } = gateway.upstream.counters;
  const running = runAgainst(gateway, program, args, cwd);
  try {
    await eventually(() => {
      if (gateway.upstream.counters.requests === requests) throw new Error('the upstream was not asked');
    }, 20_000);
  } finally {
    gateway.fail();
  }
  return running;
}
