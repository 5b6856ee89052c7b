import { Cancelled, DeadlineExceeded } from '../resilience/deadline.ts';
import { Overloaded } from '../resilience/overloaded.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import type { UpstreamReach } from '../upstream/upstream-reach.ts';
import type { UpstreamClient } from '../upstream/upstream.client.ts';
import { DocumentDamaged } from './document-problems.ts';
import type { DocumentRequest, DocumentSource, VerifiedDocument } from './document-source.ts';
import type { DocumentMetrics } from './document.metrics.ts';

/** Reports the outcome of each attempt to metrics, trace and readiness. */
export class Observing implements DocumentSource {
  constructor(
    private readonly next: DocumentSource,
    private readonly upstream: UpstreamClient,
    private readonly reach: UpstreamReach,
    private readonly metrics: DocumentMetrics,
  ) {}

  async fetch(request: DocumentRequest): Promise<VerifiedDocument> {
    const { id, record } = request;
    const span = request.span?.startAttempt({ url: this.upstream.urlOf(id), number: record.attempts ?? 1 });
    const traced = span && { ...request, attempt: span, headers: { ...request.headers, ...span.headers } };
    try {
      const document = await this.next.fetch(traced ?? request);
      this.reach.reached();
      this.metrics.attempts.inc({ outcome: 'intact' });
      span?.end('intact', { status: 200 });
      return document;
    } catch (error) {
      const [outcome, details] = outcomeOf(error);
      this.metrics.attempts.inc({ outcome });
      span?.end(outcome, details);
      throw error;
    }
  }
}

function outcomeOf(error: unknown): [string, { status?: number | undefined; message?: string }] {
  const { message, cause } = error as Error;
  if (error instanceof UpstreamFailure) return [error.kind, { status: error.status, message }];
  // The download was aborted for the size of the document or for lack of memory.
  if (cause instanceof UpstreamFailure) return outcomeOf(cause);
  if (error instanceof DocumentDamaged) return ['damaged', { status: 200 }];
  if (error instanceof Overloaded) return ['shed', { message }];
  if (error instanceof DeadlineExceeded) return ['deadline', { message }];
  return [error instanceof Cancelled ? 'cancelled' : 'error', { message }];
}
