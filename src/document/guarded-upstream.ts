import { mediaTypes } from '../formats/formats.ts';
import type { Breaker } from '../resilience/breaker.ts';
import type { Bulkhead } from '../resilience/bulkhead.ts';
import type { ByteBudget } from '../resilience/byte-budget.ts';
import { Overloaded } from '../resilience/overloaded.ts';
import type { Reserve } from '../upstream/download.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import type { UpstreamClient } from '../upstream/upstream.client.ts';
import { DocumentDamaged } from './document-problems.ts';
import type { DocumentRequest, VerifiedDocument } from './document-source.ts';
import type { DocumentMetrics } from './document.metrics.ts';

const ACCEPT = mediaTypes.join(', ');

/** The end of the chain: one attempt at the upstream, within the memory, the places and the patience that there are. */
export class GuardedUpstream {
  constructor(
    private readonly upstream: UpstreamClient,
    private readonly memory: ByteBudget,
    private readonly bulkhead: Bulkhead,
    private readonly breaker: Breaker,
    private readonly metrics: DocumentMetrics,
  ) {}

  /**
   * Brings the bytes of one answer, which nobody has verified, together with their memory.
   *
   * @throws Overloaded when the attempt may not be made, or there is no memory for what it brings
   * @throws DocumentDamaged when the document is larger than any may be
   * @throws UpstreamFailure, or the signal's reason
   */
  async fetch(request: DocumentRequest): Promise<Pick<VerifiedDocument, 'bytes' | 'release'>> {
    const { signal } = request;
    const { grow, release } = this.memory.lease();
    try {
      this.memory.admit();
      // Before the queue as well: while the breaker is open there is nothing to wait for.
      this.breaker.admit();
      const ask = (): Promise<Buffer> => this.#ask(request, grow);
      const bytes = await this.bulkhead.run(signal, () => this.breaker.run(signal, ask));
      return { bytes, release };
    } catch (error) {
      release();
      const kind = error instanceof UpstreamFailure ? error.kind : undefined;
      if (kind === 'no-memory') throw new Overloaded('memory', undefined, { cause: error });
      // The next document may be a smaller one.
      if (kind === 'oversized') throw new DocumentDamaged(request, 'unknown', 'oversized', { cause: error });
      throw error;
    }
  }

  async #ask({ id, headers, record, signal }: DocumentRequest, reserve: Reserve): Promise<Buffer> {
    // It may have run out while this attempt waited for its place.
    this.memory.admit();
    const startedAt = performance.now();
    try {
      return await this.upstream.fetch(id, { signal, headers: { ...headers, accept: ACCEPT }, reserve });
    } finally {
      const ms = performance.now() - startedAt;
      record.upstreamMs = (record.upstreamMs ?? 0) + ms;
      this.metrics.upstreamDuration.observe(ms / 1000);
    }
  }
}
