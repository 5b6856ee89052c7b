import type { Bulkhead } from '../resilience/bulkhead.ts';
import { Cancelled, takesLongerThan } from '../resilience/deadline.ts';
import { LatencyWindow } from '../resilience/latency-window.ts';
import type { RetryBudget } from '../resilience/retry-budget.ts';
import { DocumentDamaged } from './document-problems.ts';
import type { DocumentRequest, DocumentSource, VerifiedDocument } from './document-source.ts';
import type { DocumentMetrics } from './document.metrics.ts';

/**
 * Starts a second attempt beside one that takes longer than 95 in 100 did, as long as there is room for it and the retry
 * budget pays for it. In the chain with `HEDGE=true`.
 */
export class Hedging implements DocumentSource {
  readonly #latencies = new LatencyWindow();

  constructor(
    private readonly next: DocumentSource,
    /** Milliseconds: an attempt is slow when it takes longer, until enough is known. */
    private readonly deadlineMs: number,
    private readonly bulkhead: Bulkhead,
    private readonly retryBudget: RetryBudget,
    private readonly metrics: DocumentMetrics,
  ) {}

  /** Brings the first document that comes, and ends the other attempt. When both fail, the failure that came last stands. */
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

  /** Failures of the upstream may be fast, and tell nothing of how long a document takes. */
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

/** The first document. One that comes later is given back: nobody will send it. */
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
