import { Inject, Injectable } from '@nestjs/common';
import { Metrics } from '../metrics/metrics.ts';
import { hedge } from '../resilience/hedge.ts';
import { LatencyWindow } from '../resilience/latency-window.ts';
import { RetryBudget } from '../resilience/retry-budget.ts';
import { UpstreamProtection } from '../resilience/upstream-protection.ts';
import { SETTINGS } from '../settings/settings.module.ts';
import type { Settings } from '../settings/settings.ts';
import { type AttemptOutcome, DocumentFetcher, type DocumentRequest } from './document-fetcher.ts';

/**
 * Makes attempts; with `HEDGE=true`, one that takes longer than 95 in 100 did gets a second one beside it, as
 * long as there is room for it and the retry budget pays for it.
 */
@Injectable()
export class HedgedFetcher {
  readonly #latencies = new LatencyWindow();

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly fetcher: DocumentFetcher,
    private readonly protection: UpstreamProtection,
    private readonly retryBudget: RetryBudget,
    private readonly metrics: Metrics,
  ) {}

  /** Throws what DocumentFetcher throws. */
  attempt(request: DocumentRequest): Promise<AttemptOutcome> {
    const { signal } = request.deadline;
    if (!this.settings.HEDGE) return this.fetcher.attempt(request, signal);
    return hedge({
      signal,
      delayMs: this.#latencies.p95 ?? this.settings.DEADLINE_MS,
      start: (either) => this.#timed(request, either),
      mayHedge: () => this.#mayHedge(),
      isGood: ({ kind }) => kind === 'intact',
      discard: (late) => {
        if (late.kind === 'intact') late.document.release();
      },
    });
  }

  async #timed(request: DocumentRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    const startedAt = performance.now();
    const outcome = await this.fetcher.attempt(request, signal);
    if (outcome.kind !== 'failed') this.#latencies.add(performance.now() - startedAt);
    return outcome;
  }

  #mayHedge(): boolean {
    const allowed = this.protection.bulkhead.hasRoom && this.retryBudget.take();
    if (allowed) this.metrics.hedges.inc();
    return allowed;
  }
}
