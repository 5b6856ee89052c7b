import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../eventually.ts';
import type { Env, LogLine } from './harness.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** How a process ended: the code, or the signal that ended it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built service in a process and a folder of its own. */
export interface GatewayProcess {
  readonly stdout: string;
  readonly stderr: string;
  /** What it logged; throws when a line of it is no JSON. */
  readonly lines: readonly LogLine[];
  readonly exited: Promise<Exit>;
  kill(signal: NodeJS.Signals): void;
  /** Its address, once it listens. */
  listening(): Promise<string>;
}

export interface ProcessOptions {
  readonly env?: Env;
  /** What stands in the file `.env` of its folder. */
  readonly dotenv?: string;
  /** What stands in the file `keys.json` of its folder. */
  readonly keys?: string | undefined;
  /** A module that runs in it before everything else. */
  readonly preload?: string;
  /** A descriptor that it gets as standard output; by default what it writes there is read. */
  readonly stdout?: number;
  /** What is run; what `npm run build` has built by default. */
  readonly main?: string;
}

/** Starts it, and kills it and removes its folder when the callback is done, whatever came of that. */
export async function withProcess(
  { env = {}, dotenv, keys, preload, stdout, main = MAIN }: ProcessOptions,
  test: (gateway: GatewayProcess) => Promise<void>,
): Promise<void> {
  if (!existsSync(main)) throw new Error('the service is not built: npm run build');
  const folder = mkdtempSync(join(tmpdir(), 'document-gateway-'));
  if (dotenv !== undefined) writeFileSync(join(folder, '.env'), dotenv);
  if (keys !== undefined) writeFileSync(join(folder, 'keys.json'), keys);
  const importing =
    preload === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(preload)}`];
  const child = spawn(process.execPath, [...importing, main], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => (written[name] += text));
  }
  const exited = new Promise<Exit>((resolve) => {
    // 'close' rather than 'exit': by then all that it wrote has come.
    child.once('close', (code, signal) => {
      resolve({ code, signal });
    });
  });
  const gateway: GatewayProcess = {
    get stdout() {
      return written.stdout;
    },
    get stderr() {
      return written.stderr;
    },
    get lines() {
      return written.stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as LogLine);
    },
    exited,
    kill: (signal) => child.kill(signal),
    listening: () =>
      eventually(() => {
        const line = /"url":"([^"]+)","msg":"listening"/.exec(written.stdout);
        if (line?.[1] === undefined)
          throw new Error(`it does not listen: ${written.stdout}${written.stderr}`);
        return line[1];
      }, 50_000),
  };
  try {
    await test(gateway);
  } finally {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true });
  }
}
