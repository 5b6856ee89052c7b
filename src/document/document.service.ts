import { Inject, Injectable } from '@nestjs/common';
import { UpstreamReach } from '../health/upstream-reach.ts';
import { Metrics } from '../metrics/metrics.ts';
import { Problem } from '../problem/problem.ts';
import { backoff } from '../resilience/backoff.ts';
import { type Deadline, sleep } from '../resilience/deadline.ts';
import { Overloaded } from '../resilience/overloaded.ts';
import { RetryBudget } from '../resilience/retry-budget.ts';
import { UpstreamProtection } from '../resilience/upstream-protection.ts';
import { SETTINGS } from '../settings/settings.module.ts';
import type { Settings } from '../settings/settings.ts';
import type { UpstreamFailure } from '../upstream/upstream-failure.ts';
import { Coalescer } from './coalescer.ts';
import type { DocumentRequest, VerifiedDocument } from './document-fetcher.ts';
import { damagedProblem, failureProblem, protectionProblem } from './document-problems.ts';
import { HedgedFetcher } from './hedged-fetcher.ts';
import { LastGoodCopies } from './last-good-copies.ts';

/** A document to answer with; `ageSeconds` is there when it is the last good copy. */
export interface Delivery {
  readonly document: VerifiedDocument;
  readonly ageSeconds?: number;
}

/** The delivery policy: a whole, undamaged document within the deadline, or a Problem. */
@Injectable()
export class DocumentService {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly protection: UpstreamProtection,
    private readonly coalescer: Coalescer,
    private readonly fetcher: HedgedFetcher,
    private readonly retryBudget: RetryBudget,
    private readonly lastGoodCopies: LastGoodCopies,
    private readonly reach: UpstreamReach,
    private readonly metrics: Metrics,
  ) {}

  /** @throws Problem when no document can be delivered; Cancelled when nobody waits for it any more */
  async deliver(request: DocumentRequest): Promise<Delivery> {
    try {
      this.protection.admit();
      const document = await this.coalescer.share(request, (shared) => this.#fetchUntilIntact(shared));
      this.reach.reached();
      this.lastGoodCopies.keep(request.id, document);
      return { document };
    } catch (error) {
      return this.#instead(error, request);
    }
  }

  async #fetchUntilIntact(request: DocumentRequest): Promise<VerifiedDocument> {
    this.retryBudget.countRequest();
    for (let attempt = 1; ; attempt += 1) {
      request.record.attempts = attempt;
      const outcome = await this.fetcher.attempt(request);
      if (outcome.kind === 'intact') return outcome.document;
      const isLast = attempt === this.settings.MAX_ATTEMPTS;
      if (outcome.kind === 'damaged') {
        if (isLast) throw damagedProblem(attempt, outcome.format, outcome.reason);
        // At once: the upstream answers at random, so the next answer is as likely good as any.
        this.metrics.retries.labels('damaged').inc();
      } else {
        if (isLast || outcome.failure.kind === 'not-found') throw failureProblem(outcome.failure);
        await this.#waitBeforeRetry(attempt, outcome.failure, request.deadline);
      }
    }
  }

  /** Waits for a retry that deadline and retry budget allow. Without it, giving up now beats giving up later. */
  async #waitBeforeRetry(attempt: number, failure: UpstreamFailure, deadline: Deadline): Promise<void> {
    const { RETRY_BASE_DELAY_MS: baseDelayMs, RETRY_MAX_DELAY_MS: maxDelayMs } = this.settings;
    const delayMs = Math.max(backoff(attempt, { baseDelayMs, maxDelayMs }), failure.retryAfterMs ?? 0);
    if (delayMs >= deadline.remainingMs) throw failureProblem(failure);
    if (!this.retryBudget.take()) {
      this.metrics.retriesDenied.inc();
      throw failureProblem(failure);
    }
    this.metrics.retries.labels('failed').inc();
    await sleep(delayMs, deadline.signal);
  }

  /** The last good copy, when there is one and the document is not known to be gone. */
  #instead(error: unknown, { id, record }: DocumentRequest): Delivery {
    if (error instanceof Overloaded) this.metrics.shed.labels(error.reason).inc();
    const problem = error instanceof Problem ? error : protectionProblem(error);
    if (problem === undefined) throw error;
    if (problem.cause instanceof Error) record.cause = problem.cause.message;
    const copy = problem.type === 'document-not-found' ? undefined : this.lastGoodCopies.find(id);
    if (copy === undefined) throw problem;
    this.metrics.staleDeliveries.inc();
    return copy;
  }
}
