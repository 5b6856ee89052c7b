import { LRUCache } from 'lru-cache';
import { sleep } from '../resilience/deadline.ts';
import type { RetryBudget } from '../resilience/retry-budget.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import { DocumentDamaged } from './document-problems.ts';
import type { DocumentRequest, DocumentSource, VerifiedDocument } from './document-source.ts';
import type { DocumentMetrics } from './document.metrics.ts';

/** The maximum first wait before a retry, which doubles with each attempt, and the maximum of every wait, in ms. */
const BASE_DELAY_MS = 50;
const MAX_DELAY_MS = 1_000;
/** The share of the retry budget that a request leaves to others when the last retry for the same document failed. */
const KEPT = 0.5;

/** Makes up to `MAX_ATTEMPTS` attempts: at once after a damaged document, after a wait when the upstream failed. */
export class Retrying implements DocumentSource {
  /** The ids of documents whose last retry failed: some always fail, and would use up the retry budget of others. */
  readonly #failing = new LRUCache<string, true>({ max: 1_000 });

  constructor(
    private readonly next: DocumentSource,
    private readonly maxAttempts: number,
    private readonly budget: RetryBudget,
    private readonly metrics: DocumentMetrics,
  ) {}

  /** @throws the error of the last attempt */
  async fetch(request: DocumentRequest): Promise<VerifiedDocument> {
    this.budget.countRequest();
    // The failures of this request itself do not count: another attempt may help.
    const kept = this.#failing.has(request.id) ? KEPT : 0;
    for (let attempt = 1; ; attempt += 1) {
      request.record.attempts = attempt;
      try {
        const document = await this.next.fetch(request);
        this.#failing.delete(request.id);
        return document;
      } catch (error) {
        const isFailure = error instanceof UpstreamFailure && error.kind !== 'not-found';
        if (isFailure && attempt > 1) this.#failing.set(request.id, true);
        if (attempt === this.maxAttempts) throw error;
        if (isFailure) await this.#pause(error, request, kept);
        else if (error instanceof DocumentDamaged) {
          // No wait: the upstream damages documents at random, so a wait does not help.
          this.metrics.retries.labels('damaged').inc();
        } else throw error;
      }
    }
  }

  /** Waits before a retry. Throws `failure` at once when the deadline or the retry budget does not allow the retry. */
  async #pause(failure: UpstreamFailure, request: DocumentRequest, kept: number): Promise<void> {
    const delayMs = Math.max(backoff(request.record.attempts ?? 1), failure.retryAfterMs ?? 0);
    if (delayMs >= request.deadline.remainingMs) throw failure;
    if (!this.budget.take(kept)) {
      this.metrics.retriesDenied.inc();
      throw failure;
    }
    this.metrics.retries.labels('failed').inc();
    await sleep(delayMs, request.signal);
  }
}

/**
 * A random wait from 0 to the maximum in milliseconds, so that requests that failed together are not retried
 * together.
 * @param attempt the attempt that just failed, from 1
 */
export function backoff(attempt: number): number {
  return Math.random() * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** (attempt - 1));
}
