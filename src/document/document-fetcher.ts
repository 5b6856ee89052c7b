import { Injectable } from '@nestjs/common';
import type { Format } from '../formats/format.ts';
import type { RequestRecord } from '../http/exchange.ts';
import { currentRequest } from '../http/request-context.ts';
import { Metrics } from '../metrics/metrics.ts';
import { ByteBudget, type Lease } from '../resilience/byte-budget.ts';
import { Cancelled, type Deadline, DeadlineExceeded } from '../resilience/deadline.ts';
import { Overloaded } from '../resilience/overloaded.ts';
import { UpstreamProtection } from '../resilience/upstream-protection.ts';
import type { AttemptSpan } from '../tracing/tracing.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import { UpstreamClient } from '../upstream/upstream.client.ts';
import type { Verification } from '../verification/verification.ts';
import { Verifier } from '../verification/verifier.ts';

/** A request for a document, as far as fetching it is concerned. */
export interface DocumentRequest {
  readonly id: string;
  readonly deadline: Deadline;
  /** Headers that go to the upstream. */
  readonly headers: Readonly<Record<string, string>>;
  /** Is told what happened, for the log line and the metrics. */
  readonly record: RequestRecord;
}

/** A document that was verified whole. */
export interface VerifiedDocument {
  readonly bytes: Buffer;
  readonly format: Pick<Format, 'mediaType' | 'extension'>;
  /** A strong one, quotes included. */
  readonly entityTag: string;
  /** Gives its memory back to the budget: call it when the bytes are not needed any more. */
  readonly release: () => void;
}

export type AttemptOutcome =
  | { readonly kind: 'intact'; readonly document: VerifiedDocument }
  | { readonly kind: 'damaged'; readonly format: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly failure: UpstreamFailure };

/** Makes one attempt: fetches under the protections, verifies, measures. */
@Injectable()
export class DocumentFetcher {
  constructor(
    private readonly upstream: UpstreamClient,
    private readonly protection: UpstreamProtection,
    private readonly budget: ByteBudget,
    private readonly verifier: Verifier,
    private readonly metrics: Metrics,
  ) {}

  /**
   * @param signal ends the attempt: the request's own, or one that is narrower
   * @throws Overloaded when the attempt was not allowed, or there was no memory for what it brought
   * @throws the signal's reason
   */
  async attempt(request: DocumentRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    const lease = this.budget.lease();
    const span = this.#startSpan(request);
    let outcome: AttemptOutcome | undefined;
    try {
      this.#assertMemory();
      const bytes = await this.protection.run(signal, () => this.#fetch(request, signal, lease, span));
      outcome = await this.#verify(bytes, request, signal, lease, span);
      this.metrics.attempts.inc({ outcome: outcome.kind });
      span?.end(outcome.kind, { status: 200 });
      return outcome;
    } catch (error) {
      const label = outcomeLabel(error);
      this.metrics.attempts.inc({ outcome: label });
      span?.end(label, detailsOf(error));
      if (!(error instanceof UpstreamFailure)) throw error;
      if (error.kind === 'no-memory') throw new Overloaded('memory');
      if (error.kind === 'oversized') return { kind: 'damaged', format: 'unknown', reason: 'oversized' };
      return { kind: 'failed', failure: error };
    } finally {
      if (outcome?.kind !== 'intact') lease.release();
    }
  }

  #startSpan({ id, record }: DocumentRequest): AttemptSpan | undefined {
    const request = currentRequest.getStore()?.span;
    return request?.startAttempt({ url: this.upstream.urlOf(id), number: record.attempts ?? 1 });
  }

  async #fetch(
    { id, headers: given, record }: DocumentRequest,
    signal: AbortSignal,
    lease: Lease,
    span: AttemptSpan | undefined,
  ): Promise<Buffer> {
    const headers = span === undefined ? given : { ...given, ...span.headers };
    // It may have run out while this attempt waited for its place.
    this.#assertMemory();
    const startedAt = performance.now();
    try {
      return await this.upstream.fetch(id, { signal, headers, reserve: lease.grow });
    } finally {
      const ms = performance.now() - startedAt;
      record.upstreamMs = (record.upstreamMs ?? 0) + ms;
      this.metrics.upstreamDuration.observe(ms / 1000);
    }
  }

  #assertMemory(): void {
    if (this.budget.isExhausted) throw new Overloaded('memory');
  }

  async #verify(
    fetched: Buffer,
    { record }: DocumentRequest,
    signal: AbortSignal,
    lease: Lease,
    attempt: AttemptSpan | undefined,
  ): Promise<AttemptOutcome> {
    const startedAt = performance.now();
    const { bytes, format, verdict, entityTag, remembered } = await this.#inspect(fetched, signal, attempt);
    const ms = performance.now() - startedAt;
    const name = format?.name ?? 'unknown';
    if (remembered) this.metrics.verificationRemembered.inc({ format: name });
    record.verifyMs = (record.verifyMs ?? 0) + ms;
    this.metrics.verificationDuration.observe({ format: name }, ms / 1000);
    if (format === undefined || !verdict.intact) {
      const reason = verdict.intact ? 'unsupported' : verdict.reason;
      this.metrics.verificationFailures.labels(name, reason).inc();
      return { kind: 'damaged', format: name, reason };
    }
    record.verified = verdict.complete;
    if (!verdict.complete) {
      record.unchecked = verdict.unchecked;
      for (const reason of verdict.unchecked) this.metrics.verificationIncomplete.labels(name, reason).inc();
    }
    return { kind: 'intact', document: { bytes, format, entityTag, release: lease.release } };
  }

  async #inspect(
    bytes: Buffer,
    signal: AbortSignal,
    attempt: AttemptSpan | undefined,
  ): Promise<Verification> {
    const span = attempt?.startVerification(this.verifier.level);
    let verification: Verification | undefined;
    try {
      verification = await this.verifier.verify(bytes, signal);
      return verification;
    } finally {
      span?.end(verification);
    }
  }
}

function detailsOf(error: unknown): { status?: number | undefined; message?: string } {
  const status = error instanceof UpstreamFailure ? error.status : undefined;
  return { status, ...(error instanceof Error && { message: error.message }) };
}

function outcomeLabel(error: unknown): string {
  if (error instanceof UpstreamFailure) return error.kind;
  if (error instanceof Overloaded) return 'shed';
  if (error instanceof DeadlineExceeded) return 'deadline';
  return error instanceof Cancelled ? 'cancelled' : 'error';
}
