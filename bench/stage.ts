import { HelperProcess } from './helper-process.ts';
import type { LoadCommand, LoadResult } from './load.ts';
import { cpuMicros } from './process-usage.ts';
import { API_KEY, type Proxy } from './proxies.ts';
import { ProxyProcess } from './proxy-process.ts';
import type { Serving } from './upstream.ts';

export type Load = Omit<LoadCommand, 'port' | 'headers'>;

/** The result of one load on one proxy. */
export interface Measurement {
  readonly requests: number;
  /** Requests that the overloaded proxy rejected with 503. */
  readonly shed: number;
  readonly failures: number;
  readonly perSecond: number;
  readonly bytesPerSecond: number;
  /** The processor time of the proxy for each request in microseconds. */
  readonly cpuMicros: number;
  /** The average number of processors that the proxy used. */
  readonly cores: number;
  readonly p50: number;
  readonly p99: number;
  /** The maximum during the load. */
  readonly residentBytes: number;
  /**
   * The average number of processors that the upstream and the load generator used. At 1, one of them is the limit.
   */
  readonly upstreamCores: number;
  readonly loadCores: number;
}

const WATCH_MS = 100;
/** The share of requests that may fail. Documents are damaged at random, and five damaged in a row are a failure. */
const TOLERATED_SHARE = 1e-3;
/** Failures that every window may have: with one in 100,000, even a window of 800 requests sometimes has one. */
const TOLERATED_FAILURES = 2;

/** The processes beside the proxies: the upstream and the load generator. */
export class Stage {
  readonly #upstream = new HelperProcess<Serving, number>('upstream.ts');
  readonly #load = new HelperProcess<LoadCommand, LoadResult>('load.ts');

  /** Sets the answers of the upstream. Returns its port. */
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

/** @throws Error when more requests failed than chance explains, or all were rejected */
export function assertWorks(name: string, { requests, shed, failures, firstFailure }: LoadResult): void {
  // Rejected requests are accepted: on a busy machine any proxy may be too slow.
  if (failures > Math.max(TOLERATED_FAILURES, requests * TOLERATED_SHARE) || shed === requests) {
    throw new Error(
      `${name} failed ${failures} of ${requests} requests, ${shed} shed: ${firstFailure ?? ''}`,
    );
  }
}
