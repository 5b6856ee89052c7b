import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Inspector } from './inspector.ts';
import { Metrics } from './metrics.ts';
import { timeUntil } from './time-until.ts';

export type GatewaySettings = Readonly<Record<string, string | number>>;

/** The resources of an idle process. */
export interface Footprint {
  /** Resident memory after a garbage collection, which makes the figure comparable. */
  readonly mebibytes: number;
  /** Open sockets. */
  readonly sockets: number;
  /** Everything that keeps the event loop alive. */
  readonly handles: number;
  /** The timers among the handles. */
  readonly timers: number;
}

export const API_KEY = randomBytes(16).toString('hex');

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const LOG = 'log';
const LISTENING = /"url":"(http:[^"]+)","msg":"listening"/;
const START_MS = 30_000;
const STOP_MS = 30_000;
const QUIET_MS = 15_000;
const MIB = 1024 * 1024;
const LOOKS = 20;
const LOOK_EVERY_MS = 50;
/** Lines about the inspector that Node writes to standard error. */
const INSPECTOR_LINE = /^(?:Debugger |For help, see: )/;

/** The built service in its own process. */
export class Gateway {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #exitCode: Promise<number | null>;
  #origin = '';
  #stderr = '';

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    this.#exitCode = once(child, 'exit').then(([code]) => code as number | null);
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (this.#stderr += chunk));
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
  }

  /** Starts it with only these settings and waits until it is ready. */
  static async start(settings: GatewaySettings): Promise<Gateway> {
    // Its own working folder, so that it does not read the .env of the repository.
    const folder = mkdtempSync(join(tmpdir(), 'chaos-gateway-'));
    const log = openSync(join(folder, LOG), 'w');
    const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', MAIN], {
      cwd: folder,
      stdio: ['ignore', log, 'pipe'],
      env: {
        API_KEY,
        HOST: '127.0.0.1',
        PORT: '0',
        DRAIN_DELAY_MS: '0',
        // glibc keeps freed memory for each arena. With few arenas, the resident memory varies less.
        MALLOC_ARENA_MAX: '2',
        MALLOC_MMAP_THRESHOLD_: '1048576',
        MALLOC_TRIM_THRESHOLD_: '1048576',
        ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)])),
      },
    });
    closeSync(log);
    const gateway = new Gateway(child, folder);
    await timeUntil(async () => child.exitCode !== null || (await gateway.isReady()), START_MS);
    if (child.exitCode === null && (await gateway.isReady())) return gateway;
    await gateway.stop();
    throw new Error(`the gateway did not become ready: ${gateway.log}${gateway.#stderr}`);
  }

  /** Its address; empty until it listens. */
  get origin(): string {
    if (this.#origin === '') this.#origin = LISTENING.exec(this.log)?.[1] ?? '';
    return this.#origin;
  }

  /** The whole log. */
  get log(): string {
    return readFileSync(join(this.#folder, LOG), 'utf8');
  }

  get inspector(): Inspector {
    return new Inspector(/ws:\S+/.exec(this.#stderr)?.[0] ?? '');
  }

  async isReady(): Promise<boolean> {
    return this.origin !== '' && (await this.#get('/health/ready')).status === 200;
  }

  async metrics(): Promise<Metrics> {
    return new Metrics((await this.#get('/metrics')).body);
  }

  /** The current resident memory. */
  mebibytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / MIB;
  }

  get sockets(): number {
    const descriptors = `/proc/${this.#child.pid}/fd`;
    return readdirSync(descriptors).filter((fd) => isSocket(join(descriptors, fd))).length;
  }

  /** Measures resources after a garbage collection. Call it without load. */
  async footprint(): Promise<Footprint> {
    await this.inspector.collectGarbage();
    const mebibytes = this.mebibytes();
    let held = { handles: Infinity, timers: Infinity };
    // Takes the minimum of several samples, to exclude short-lived handles such as the write of a log line.
    for (let look = 0; look < LOOKS; look += 1) {
      const metrics = await this.metrics();
      const handles = metrics.sum('nodejs_active_resources');
      if (handles < held.handles) {
        held = { handles, timers: metrics.sum('nodejs_active_resources', 'type="Timeout"') };
      }
      await delay(LOOK_EVERY_MS);
    }
    return { mebibytes, sockets: this.sockets, ...held };
  }

  /** Waits until no request is in progress. Returns what is still held after QUIET_MS, or an empty text. */
  async quiet(): Promise<string> {
    let left = '';
    const nothingLeft = async (): Promise<boolean> => {
      const metrics = await this.metrics();
      const gauges = ['bulkhead_in_flight', 'bulkhead_queued', 'buffered_bytes'];
      left = gauges.map((name) => `${name} ${metrics.sum(name)}`).join(', ');
      return gauges.every((name) => metrics.sum(name) === 0);
    };
    return (await timeUntil(nothingLeft, QUIET_MS)) === undefined ? left : '';
  }

  /** Sends SIGTERM. Resolves with the exit code, or null when the process had to be killed. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    const code = await this.#exitCode;
    clearTimeout(killer);
    return code;
  }

  /** Log lines about defects, uncaught errors and failed shutdowns, but not about faults of upstream and clients. */
  defects(): readonly string[] {
    return [
      ...this.#stderr.split('\n').filter((line) => !INSPECTOR_LINE.test(line)),
      ...this.log.split('\n').filter((line) => !/^\{"level":"(?:trace|debug|info|warn)"/.test(line)),
    ].filter((line) => line !== '');
  }

  /** Deletes its log. */
  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #get(path: string): Promise<{ readonly status: number | undefined; readonly body: string }> {
    return new Promise((resolve, reject) => {
      // A separate connection, which does not affect the counts.
      get(this.origin + path, { agent: false, timeout: 5_000 }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode, body });
        });
        response.on('error', reject);
      }).on('error', reject);
    });
  }
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:');
  } catch {
    // It was closed since the listing.
    return false;
  }
}
