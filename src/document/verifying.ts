import type { Verification } from '../verification/verification.ts';
import type { Verifier } from '../verification/verifier.ts';
import { DocumentDamaged } from './document-problems.ts';
import type { DocumentRequest, DocumentSource, VerifiedDocument } from './document-source.ts';
import type { DocumentMetrics } from './document.metrics.ts';
import type { GuardedUpstream } from './guarded-upstream.ts';

/** Passes on only documents that verification finds intact and whose format is known. */
export class Verifying implements DocumentSource {
  constructor(
    private readonly upstream: GuardedUpstream,
    private readonly verifier: Verifier,
    private readonly metrics: DocumentMetrics,
  ) {}

  /** @throws DocumentDamaged, or an error of upstream or verifier */
  async fetch(request: DocumentRequest): Promise<VerifiedDocument> {
    const { bytes: fetched, release } = await this.upstream.fetch(request);
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
