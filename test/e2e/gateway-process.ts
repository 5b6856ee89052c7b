import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../eventually.ts';
import type { Env, LogLine } from './harness.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** How a process ended: its exit code, or the signal that ended it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built service in its own process and folder. */
export interface GatewayProcess {
  readonly stdout: string;
  readonly stderr: string;
  /** The log lines; throws for a line that is not JSON. */
  readonly lines: readonly LogLine[];
  readonly exited: Promise<Exit>;
  kill(signal: NodeJS.Signals): void;
  /** Its address; resolves when it listens. */
  listening(): Promise<string>;
}

export interface ProcessOptions {
  readonly env?: Env;
  /** The content of `.env` in its folder. */
  readonly dotenv?: string;
  /** The content of `keys.json` in its folder. */
  readonly keys?: string | undefined;
  /** A module that the process runs first. */
  readonly preload?: string;
  /** The descriptor of its standard output; by default a pipe that the test reads. */
  readonly stdout?: number;
  /** The program; by default the result of `npm run build`. */
  readonly main?: string;
}

/** Starts the process. Kills it and deletes its folder when the callback has ended, in any way. */
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
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...env },
    stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => (written[name] += text));
  }
  const exited = new Promise<Exit>((resolve) => {
    // 'close' rather than 'exit', because it comes after all output.
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
