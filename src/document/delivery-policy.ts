import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Breaker } from '../resilience/breaker.ts';
import { Bulkhead } from '../resilience/bulkhead.ts';
import { ByteBudget } from '../resilience/byte-budget.ts';
import { EventLoopWatch } from '../resilience/event-loop.ts';
import { RetryBudget } from '../resilience/retry-budget.ts';
import { UpstreamReach } from '../upstream/upstream-reach.ts';
import { UpstreamClient } from '../upstream/upstream.client.ts';
import { Verifier } from '../verification/verifier.ts';
import { Admitting } from './admitting.ts';
import { Coalescing } from './coalescing.ts';
import { problemOf } from './document-problems.ts';
import type { DocumentRequest, DocumentSource, VerifiedDocument } from './document-source.ts';
import { documentConfig } from './document.config.ts';
import { DocumentMetrics } from './document.metrics.ts';
import { GuardedUpstream } from './guarded-upstream.ts';
import { Hedging } from './hedging.ts';
import { LastGoodCopy } from './last-good-copy.ts';
import { Retrying } from './retrying.ts';
import { Verifying } from './verifying.ts';

type Link = (next: DocumentSource) => DocumentSource;

/** The delivery policy: a whole, undamaged document within the deadline, or a problem. */
@Injectable()
export class DeliveryPolicy implements DocumentSource {
  readonly #outermost: DocumentSource;

  constructor(
    @Inject(documentConfig.KEY) config: ConfigType<typeof documentConfig>,
    metrics: DocumentMetrics,
    eventLoop: EventLoopWatch,
    retries: RetryBudget,
    memory: ByteBudget,
    bulkhead: Bulkhead,
    breaker: Breaker,
    upstream: UpstreamClient,
    verifier: Verifier,
    reach: UpstreamReach,
  ) {
    // Outermost link first. A request passes each link once. A link that is switched off is left out.
    const links: (Link | false)[] = [
      config.staleIfErrorSeconds > 0 &&
        ((next) => new LastGoodCopy(next, metrics, config.staleIfErrorSeconds)),
      (next) => new Admitting(next, eventLoop, metrics),
      config.coalesce && ((next) => new Coalescing(next, config.deadlineMs)),
      (next) => new Retrying(next, config.maxAttempts, retries, metrics),
      config.hedge && ((next) => new Hedging(next, config.deadlineMs, bulkhead, retries, metrics)),
    ];
    const guarded = new GuardedUpstream(upstream, memory, bulkhead, breaker, metrics);
    const innermost: DocumentSource = new Verifying(guarded, upstream, verifier, reach, metrics);
    this.#outermost = links.reduceRight((next, link) => (link ? link(next) : next), innermost);
  }

  /** @throws Problem when no document can be delivered; Cancelled when the client has disconnected */
  async fetch(request: DocumentRequest): Promise<VerifiedDocument> {
    try {
      return await this.#outermost.fetch(request);
    } catch (error) {
      const problem = problemOf(error);
      if (problem === undefined) throw error;
      request.record.cause = (error as Error).message;
      throw problem;
    }
  }
}
