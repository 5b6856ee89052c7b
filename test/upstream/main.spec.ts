import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from './eventually.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

/** The maximum time to start Node on a busy machine. */
const START_MS = 20_000;

interface Run {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly exitCode: Promise<number | null>;
  stdout: string;
  stderr: string;
}

const runs: Run[] = [];

function run(environment: Readonly<Record<string, string>>, ...args: string[]): Run {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exitCode = once(child, 'close').then(([code]) => code as number | null);
  const started: Run = { child, exitCode, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (started.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (started.stderr += chunk.toString()));
  runs.push(started);
  return started;
}

afterEach(() => {
  for (const { child } of runs.splice(0)) child.kill('SIGKILL');
});

describe('the stand-in from the command line', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('should serve until %s, and exit with 0', async (signal) => {
    const started = run({ PORT: '0', SEED: '3', FAULTS: '', PDF_BYTES: '5000', PNG_BYTES: '5000' });
    await eventually(() => started.stdout.includes('\n'), START_MS);
    const port = /^stand-in upstream listens on port (\d+), seed 3\n$/.exec(started.stdout)?.[1];
    const response = await fetch(`http://127.0.0.1:${port ?? ''}/1`);
    expect(response.status).toBe(200);
    started.child.kill(signal);
    expect(await started.exitCode).toBe(0);
    expect(started.stderr).toBe('');
  });

  it('should start with the configured faults', async () => {
    const started = run({ PORT: '0', FAULTS: '[{"ratio":1,"fault":{"kind":"status","status":503}}]' });
    await eventually(() => started.stdout.includes('\n'), START_MS);
    const port = /port (\d+)/.exec(started.stdout)?.[1] ?? '';
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(503);
  });

  it('should print its help', async () => {
    const started = run({}, '--help');
    expect(await started.exitCode).toBe(0);
    for (const name of ['PORT', 'HOST', 'SEED', 'PDF_BYTES', 'PNG_BYTES', 'FAULTS', 'ADMIN_PORT']) {
      expect(started.stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });

  it.each([
    [{ PORT: '65536' }, 'PORT must be a whole number from 0 to 65535, got "65536"\n'],
    [{ SEED: '-1' }, 'SEED must be a whole number from 0 to 999999999, got "-1"\n'],
    [{ PDF_BYTES: '5' }, 'a PDF of 5 bytes is too small, 4096 will do\n'],
    [{ FAULTS: '{}' }, 'faults must be an array of { ratio, fault }, got {}\n'],
  ])('should refuse to start with %j', async (environment, message) => {
    const started = run(environment);
    expect(await started.exitCode).toBe(1);
    expect([started.stdout, started.stderr]).toEqual(['', message]);
  });
});
