import { Cancelled, DeadlineExceeded } from '../resilience/deadline.ts';
import { Overloaded } from '../resilience/overloaded.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import type { UpstreamReach } from '../upstream/upstream-reach.ts';
import type { UpstreamClient } from '../upstream/upstream.client.ts';
import type { Verification } from '../verification/verification.ts';
import type { Verifier } from '../verification/verifier.ts';
import { DocumentDamaged } from './document-problems.ts';
import type { DocumentRequest, DocumentSource, VerifiedDocument } from './document-source.ts';
import type { DocumentMetrics } from './document.metrics.ts';
import type { GuardedUpstream } from './guarded-upstream.ts';

/**
 * One attempt. Passes on only documents that verification finds intact and whose format is known, and reports the
 * outcome to metrics, trace and readiness.
 */
export class Verifying implements DocumentSource {
  constructor(
    private readonly guarded: GuardedUpstream,
    private readonly upstream: UpstreamClient,
    private readonly verifier: Verifier,
    private readonly reach: UpstreamReach,
    private readonly metrics: DocumentMetrics,
  ) {}

  async fetch(request: DocumentRequest): Promise<VerifiedDocument> {
    const { id, record } = request;
    const span = request.span?.startAttempt({ url: this.upstream.urlOf(id), number: record.attempts ?? 1 });
    const traced = span && { ...request, attempt: span, headers: { ...request.headers, ...span.headers } };
    try {
      const document = await this.#verified(traced ?? request);
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

  /** @throws DocumentDamaged, or an error of upstream or verifier */
  async #verified(request: DocumentRequest): Promise<VerifiedDocument> {
    const { bytes: fetched, release } = await this.guarded.fetch(request);
    try {
      const { bytes, format, verdict, entityTag } = await this.#verify(fetched, request);
      if (format === undefined || !verdict.intact) {
        const name = format?.name ?? 'unknown';
        const reason = verdict.intact ? 'unsupported' : verdict.reason;
        this.metrics.verificationFailures.labels(name, reason).inc();
        throw new DocumentDamaged(request, name, reason);
      }
      request.record.verified = verdict.complete;
      if (!verdict.complete) {
        request.record.unchecked = verdict.unchecked;
        for (const gap of verdict.unchecked)
          this.metrics.verificationIncomplete.labels(format.name, gap).inc();
      }
      return { bytes, format, entityTag, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  async #verify(bytes: Buffer, { record, signal, attempt }: DocumentRequest): Promise<Verification> {
    const startedAt = performance.now();
    const span = attempt?.startVerification(this.verifier.level);
    let verification: Verification | undefined;
    try {
      verification = await this.verifier.verify(bytes, signal);
    } finally {
      span?.end(verification);
    }
    const ms = performance.now() - startedAt;
    const format = verification.format?.name ?? 'unknown';
    if (verification.remembered) this.metrics.verificationRemembered.inc({ format });
    record.verifyMs = (record.verifyMs ?? 0) + ms;
    this.metrics.verificationDuration.observe({ format }, ms / 1000);
    return verification;
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
