import { backoff, type BackoffOptions } from '../resilience/backoff.ts';
import { sleep } from '../resilience/deadline.ts';
import type { RetryBudget } from '../resilience/retry-budget.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import { DocumentDamaged } from './document-problems.ts';
import type { DocumentRequest, DocumentSource, VerifiedDocument } from './document-source.ts';
import type { DocumentMetrics } from './document.metrics.ts';

/** Milliseconds before a retry: up to the first, which doubles each time, at random, and never more than the second. */
const WAITS: BackoffOptions = { baseDelayMs: 50, maxDelayMs: 1_000 };

/** Makes up to `MAX_ATTEMPTS` attempts: at once after a damaged document, after a pause when the upstream failed. */
export class Retrying implements DocumentSource {
  constructor(
    private readonly next: DocumentSource,
    private readonly maxAttempts: number,
    private readonly budget: RetryBudget,
    private readonly metrics: DocumentMetrics,
    private readonly waits: BackoffOptions = WAITS,
  ) {}

  /** @throws what the last attempt threw */
  async fetch(request: DocumentRequest): Promise<VerifiedDocument> {
    this.budget.countRequest();
    for (let attempt = 1; ; attempt += 1) {
      request.record.attempts = attempt;
      try {
        return await this.next.fetch(request);
      } catch (error) {
        if (attempt === this.maxAttempts) throw error;
        if (error instanceof DocumentDamaged) {
          // At once: the upstream answers at random, so the next answer is as likely good as any.
          this.metrics.retries.labels('damaged').inc();
        } else if (error instanceof UpstreamFailure && error.kind !== 'not-found') {
          await this.#pause(attempt, error, request);
        } else throw error;
      }
    }
  }

  /** Waits for a retry that deadline and retry budget allow. Without it, giving up now beats giving up later. */
  async #pause(attempt: number, failure: UpstreamFailure, request: DocumentRequest): Promise<void> {
    const delayMs = Math.max(backoff(attempt, this.waits), failure.retryAfterMs ?? 0);
    if (delayMs >= request.deadline.remainingMs) throw failure;
    if (!this.budget.take()) {
      this.metrics.retriesDenied.inc();
      throw failure;
    }
    this.metrics.retries.labels('failed').inc();
    await sleep(delayMs, request.signal);
  }
}
