import { HelperProcess } from './helper-process.ts';
import type { LoadCommand, LoadResult } from './load.ts';
import { cpuMicros } from './process-usage.ts';
import { API_KEY, type Proxy } from './proxies.ts';
import { ProxyProcess } from './proxy-process.ts';
import type { Serving } from './upstream.ts';

export type Load = Omit<LoadCommand, 'port' | 'headers'>;

/** What came of one load on one proxy. */
export interface Measurement {
  readonly requests: number;
  /** Of them, those that the proxy refused because there were too many for it. */
  readonly shed: number;
  readonly failures: number;
  readonly perSecond: number;
  readonly bytesPerSecond: number;
  /** Processor time of the proxy for each request, microseconds. */
  readonly cpuMicros: number;
  /** How many processors it kept busy. */
  readonly cores: number;
  readonly p50: number;
  readonly p99: number;
  /** The most that was seen while it went on. */
  readonly residentBytes: number;
  /** How many processors the upstream and the load generator kept busy: at 1, one of them is the limit. */
  readonly upstreamCores: number;
  readonly loadCores: number;
}

const WATCH_MS = 100;
/** The share of requests that may fail: damaged documents are drawn at random, and five in a row are no document. */
const TOLERATED_SHARE = 1e-3;
/** So many may fail however few requests a window has: at one in 100,000, even a window of 800 has one now and then. */
const TOLERATED_FAILURES = 2;

/** The processes beside the proxies: the upstream and the load generator. */
export class Stage {
  readonly #upstream = new HelperProcess<Serving, number>('upstream.ts');
  readonly #load = new HelperProcess<LoadCommand, LoadResult>('load.ts');

  /** Sets the answers of the upstream from now on; returns its port. */
  async serve(serving: Serving): Promise<number> {
    return this.#upstream.call(serving);
  }

  start(proxy: Proxy, upstreamPort: number): Promise<ProxyProcess> {
    return ProxyProcess.start(proxy, upstreamPort);
  }

  /** Throws when the proxy fails. */
  async measure(proxy: ProxyProcess, load: Load): Promise<Measurement> {
    const used = (): readonly [number, number, number] => [
      proxy.cpuMicros,
      cpuMicros(this.#upstream.pid),
      cpuMicros(this.#load.pid),
    ];
    let residentBytes = proxy.residentBytes;
    const watch = setInterval(() => {
      residentBytes = Math.max(residentBytes, proxy.residentBytes);
    }, WATCH_MS);
    const before = used();
    const result = await this.#load.call({ ...load, port: proxy.port, headers: { 'X-API-KEY': API_KEY } });
    const after = used();
    clearInterval(watch);
    assertWorks(proxy.name, result);
    proxy.truncateLog();
    const { requests, shed, failures, seconds, bytes, p50, p99 } = result;
    const coresOf = (index: 0 | 1 | 2): number => (after[index] - before[index]) / seconds / 1e6;
    return {
      requests,
      shed,
      failures,
      perSecond: requests / seconds,
      bytesPerSecond: bytes / seconds,
      cpuMicros: (after[0] - before[0]) / requests,
      cores: coresOf(0),
      p50,
      p99,
      residentBytes,
      upstreamCores: coresOf(1),
      loadCores: coresOf(2),
    };
  }

  close(): void {
    this.#upstream.stop();
    this.#load.stop();
  }
}

/** @throws Error when more requests failed than chance explains, or all were refused */
export function assertWorks(name: string, { requests, shed, failures, firstFailure }: LoadResult): void {
  // A machine that others use as well may be too slow for anything, which says nothing of the proxy.
  if (failures > Math.max(TOLERATED_FAILURES, requests * TOLERATED_SHARE) || shed === requests) {
    throw new Error(
      `${name} failed ${failures} of ${requests} requests, ${shed} shed: ${firstFailure ?? ''}`,
    );
  }
}
