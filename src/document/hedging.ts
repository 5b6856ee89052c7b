import type { Bulkhead } from '../resilience/bulkhead.ts';
import { Cancelled, takesLongerThan } from '../resilience/deadline.ts';
import type { RetryBudget } from '../resilience/retry-budget.ts';
import { DocumentDamaged } from './document-problems.ts';
import type { DocumentRequest, DocumentSource, VerifiedDocument } from './document-source.ts';
import type { DocumentMetrics } from './document.metrics.ts';

/** The durations that are kept, and how many the percentile needs. */
const SIZE = 512;
const MIN_SAMPLES = 50;
/** New durations after which the percentile is computed again. */
const STRIDE = 32;

/** With `HEDGE=true`, starts a second attempt beside one slower than p95, if bulkhead and retry budget allow it. */
export class Hedging implements DocumentSource {
  readonly #latencies = new LatencyWindow();

  constructor(
    private readonly next: DocumentSource,
    /** The threshold of a slow attempt in milliseconds, until enough latencies are known. */
    private readonly deadlineMs: number,
    private readonly bulkhead: Bulkhead,
    private readonly retryBudget: RetryBudget,
    private readonly metrics: DocumentMetrics,
  ) {}

  /** Returns the first document and cancels the other attempt. When both fail, throws the later failure. */
  async fetch(request: DocumentRequest): Promise<VerifiedDocument> {
    const late = new AbortController();
    const signal = AbortSignal.any([request.signal, late.signal]);
    const slowMs = this.#latencies.p95 ?? this.deadlineMs;
    const first = this.#timed({ ...request, signal });
    try {
      if (!(await takesLongerThan(first, slowMs, request.signal)) || !this.#mayHedge()) return await first;
      return await firstOf([first, this.#timed({ ...request, signal })]);
    } finally {
      late.abort(new Cancelled('the other attempt was faster'));
    }
  }

  /** Failures of the upstream are not recorded: they may be fast, and say nothing about the latency of documents. */
  async #timed(request: DocumentRequest): Promise<VerifiedDocument> {
    const startedAt = performance.now();
    try {
      const document = await this.next.fetch(request);
      this.#latencies.add(performance.now() - startedAt);
      return document;
    } catch (error) {
      if (error instanceof DocumentDamaged) this.#latencies.add(performance.now() - startedAt);
      throw error;
    }
  }

  #mayHedge(): boolean {
    const allowed = this.bulkhead.hasRoom && this.retryBudget.take();
    if (allowed) this.metrics.hedges.inc();
    return allowed;
  }
}

function firstOf(attempts: readonly Promise<VerifiedDocument>[]): Promise<VerifiedDocument> {
  const { promise, resolve, reject } = Promise.withResolvers<VerifiedDocument>();
  let pending = attempts.length;
  let isDone = false;
  for (const attempt of attempts) {
    attempt.then(
      (document) => {
        if (isDone) document.release();
        isDone = true;
        resolve(document);
      },
      (error: unknown) => {
        pending -= 1;
        if (pending === 0) reject(error);
      },
    );
  }
  return promise;
}

/** The most recent durations and their 95th percentile. */
export class LatencyWindow {
  readonly #durations: number[] = [];
  #next = 0;
  #sinceSorted = STRIDE;
  #p95: number | undefined;

  add(ms: number): void {
    this.#durations[this.#next] = ms;
    this.#next = (this.#next + 1) % SIZE;
    this.#sinceSorted += 1;
  }

  /** In milliseconds; undefined until there are MIN_SAMPLES durations. */
  get p95(): number | undefined {
    if (this.#durations.length < MIN_SAMPLES) return undefined;
    if (this.#sinceSorted >= STRIDE) {
      this.#sinceSorted = 0;
      this.#p95 = this.#durations.toSorted((a, b) => a - b)[Math.floor(this.#durations.length * 0.95)];
    }
    return this.#p95;
  }
}
