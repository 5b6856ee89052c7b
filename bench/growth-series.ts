import { gatewayWith, type Proxy } from './proxies.ts';
import type { ProxyProcess } from './proxy-process.ts';
import { CONNECTIONS } from './rounds.ts';
import type { Measurement, Stage } from './stage.ts';
import type { Variety } from './upstream-documents.ts';

export interface ConnectionPoint extends Measurement {
  readonly proxy: string;
  readonly mode: 'saturated' | 'paced';
  readonly round: number;
  readonly connections: number;
}

export interface SizePoint extends Measurement {
  readonly proxy: string;
  readonly document: 'pdf' | 'png';
  readonly bytes: number;
}

/** A part of a long run. */
export interface Stretch extends Measurement {
  /** Requests from the start of the run to the end of this part. */
  readonly asked: number;
  /** The number of different ids in the requests. */
  readonly ids: number;
}

/** Enough to compile all code. It ends at the first of the two limits. */
const WARM_UP = { requests: 25_000, seconds: 15 };
const CONNECTION_COUNTS = [1, 8, 64, 512];
const CONNECTION_ROUNDS = 2;
/** Low enough for one connection, high enough for a clock that counts hundredths of a second. */
const PER_SECOND = 1_000;
const SIZES = [10_000, 100_000, 1_000_000, 5_000_000, 20_000_000];
/** With more connections and large documents, the upstream would be the limit. */
const CONNECTIONS_FOR_SIZES = 4;
const STRETCHES = 40;
const DIFFERENT: Variety = 'different';

/** Measures 1 to 512 connections at saturation and at a fixed rate. */
export async function connectionSeries(
  stage: Stage,
  reference: Proxy,
  report: (line: string) => void,
): Promise<readonly ConnectionPoint[]> {
  const upstreamPort = await stage.serve({ documents: 'mix', variety: DIFFERENT });
  // The default limits of the gateway reject requests from more than 128 connections.
  const proxies = [gatewayWith({ UPSTREAM_QUEUE_LENGTH: String(Math.max(...CONNECTION_COUNTS)) }), reference];
  const points: ConnectionPoint[] = [];
  for (const proxy of proxies) {
    await withProxy(stage, proxy, upstreamPort, async (running) => {
      await stage.measure(running, { path: '/{id}', connections: CONNECTIONS, ...WARM_UP });
      for (let round = 1; round <= CONNECTION_ROUNDS; round += 1) {
        for (const connections of CONNECTION_COUNTS) {
          const load = { path: '/{id}', connections };
          const of = { proxy: proxy.name, round, connections };
          await stage.measure(running, { ...load, seconds: 0.7 });
          const saturated = await stage.measure(running, { ...load, seconds: 2 });
          points.push({ ...of, mode: 'saturated', ...saturated });
          const paced = await stage.measure(running, { ...load, seconds: 3, perSecond: PER_SECOND });
          points.push({ ...of, mode: 'paced', ...paced });
          report(
            `connections ${connections}  ${proxy.name}  ${saturated.cpuMicros.toFixed(1)} µs, ` +
              `${paced.cpuMicros.toFixed(1)} µs at ${PER_SECOND}/s`,
          );
        }
      }
    });
  }
  return points;
}

/** Measures documents from 10 KB to 20 MB. */
export async function sizeSeries(
  stage: Stage,
  reference: Proxy,
  report: (line: string) => void,
): Promise<readonly SizePoint[]> {
  const points: SizePoint[] = [];
  const wanted = [
    { proxy: gatewayWith({}), document: 'pdf' },
    { proxy: gatewayWith({}), document: 'png' },
    { proxy: reference, document: 'pdf' },
  ] as const;
  for (const { proxy, document } of wanted) {
    const upstreamPort = await stage.serve({ documents: document, variety: DIFFERENT });
    await withProxy(stage, proxy, upstreamPort, async (running) => {
      await stage.measure(running, { path: '/{id}', connections: CONNECTIONS, ...WARM_UP });
      for (const bytes of SIZES) {
        await stage.serve({ documents: document, variety: DIFFERENT, bytes });
        const load = { path: '/{id}', connections: CONNECTIONS_FOR_SIZES };
        await stage.measure(running, { ...load, seconds: 0.7 });
        const measured = await stage.measure(running, { ...load, seconds: 2 });
        points.push({ proxy: proxy.name, document, bytes, ...measured });
        report(`size ${bytes}  ${document}  ${proxy.name}  ${measured.cpuMicros.toFixed(0)} µs`);
      }
    });
  }
  return points;
}

/**
 * Makes this many requests, each for another id and document, after one part with a single id and one with 1,000 ids.
 */
export async function longRun(
  stage: Stage,
  requests: number,
  report: (line: string) => void,
): Promise<readonly Stretch[]> {
  const upstreamPort = await stage.serve({ documents: 'mix', variety: DIFFERENT });
  const stretches: Stretch[] = [];
  await withProxy(stage, gatewayWith({}), upstreamPort, async (running) => {
    const each = Math.ceil(requests / STRETCHES);
    const load = { path: '/{id}', connections: CONNECTIONS, seconds: 600, requests: each };
    await stage.measure(running, { ...load, ...WARM_UP, ids: 1 });
    for (const ids of [1, 1_000]) {
      stretches.push({ asked: 0, ids, ...(await stage.measure(running, { ...load, ids })) });
    }
    for (let asked = each; asked <= requests; asked += each) {
      const measured = await stage.measure(running, { ...load, ids: requests });
      stretches.push({ asked, ids: asked, ...measured });
      report(
        `${asked} requests  ${measured.cpuMicros.toFixed(1)} µs  ${(measured.residentBytes / 1e6).toFixed(0)} MB`,
      );
    }
  });
  return stretches;
}

async function withProxy(
  stage: Stage,
  proxy: Proxy,
  upstreamPort: number,
  use: (running: ProxyProcess) => Promise<void>,
): Promise<void> {
  const running = await stage.start(proxy, upstreamPort);
  try {
    await use(running);
  } finally {
    await running.stop();
  }
}
