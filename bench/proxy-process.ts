import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { killOnExit } from './kill-on-exit.ts';
import { cpuMicros, residentBytes } from './process-usage.ts';
import type { Proxy } from './proxies.ts';

const START_MS = 20_000;
const STOP_MS = 10_000;
const LOG = 'log';

/** A running proxy. */
export class ProxyProcess {
  readonly name: string;
  readonly port: number;
  /** The time from the start to the first 200. */
  readonly startMs: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(name: string, port: number, startMs: number, child: ChildProcess, folder: string) {
    this.name = name;
    this.port = port;
    this.startMs = startMs;
    this.#child = child;
    this.#folder = folder;
  }

  /** Starts a proxy with its own environment and its output in a file, and waits for its first 200. */
  static async start(proxy: Proxy, upstreamPort: number): Promise<ProxyProcess> {
    const folder = mkdtempSync(join(tmpdir(), `bench-${proxy.name}-`));
    const port = await freePort();
    const { command, args, env } = proxy.start({ port, upstreamPort, folder });
    const log = openSync(join(folder, LOG), 'a');
    const startedAt = performance.now();
    const child = spawn(command, args, {
      cwd: folder,
      stdio: ['ignore', log, log],
      env: { PATH: process.env['PATH'], ...env },
    });
    closeSync(log);
    killOnExit(child);
    try {
      await answers(`http://127.0.0.1:${port}${proxy.probe}`, child);
    } catch (error) {
      const said = readFileSync(join(folder, LOG), 'utf8').slice(0, 2_000);
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true });
      throw new Error(`${proxy.name} did not start: ${said}`, { cause: error });
    }
    return new ProxyProcess(proxy.name, port, performance.now() - startedAt, child, folder);
  }

  get cpuMicros(): number {
    return cpuMicros(this.#pid);
  }

  get residentBytes(): number {
    return residentBytes(this.#pid);
  }

  /** Empties its log, which would fill the disk. */
  truncateLog(): void {
    truncateSync(join(this.#folder, LOG));
  }

  async stop(): Promise<void> {
    const exited = this.#child.exitCode === null ? once(this.#child, 'exit') : Promise.resolve();
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(killer);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.name} did not start`);
    return this.#child.pid;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  const end = performance.now() + START_MS;
  while ((await statusOf(url)) !== 200) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    if (performance.now() > end) throw new Error(`no 200 from ${url}`);
    await delay(2);
  }
}

/** The status, or 0 without an answer. */
function statusOf(url: string): Promise<number> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', () => resolve(0));
  });
}
