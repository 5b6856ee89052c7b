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

/** The end of the chain: one attempt, within memory budget, bulkhead and breaker. */
export class GuardedUpstream {
  constructor(
    private readonly upstream: UpstreamClient,
    private readonly memory: ByteBudget,
    private readonly bulkhead: Bulkhead,
    private readonly breaker: Breaker,
    private readonly metrics: DocumentMetrics,
  ) {}

  /**
   * Fetches the unverified bytes of one answer, with the release of their memory.
   * @throws Overloaded when a protection forbids the attempt, or the memory is too small for the answer
   * @throws DocumentDamaged when the document exceeds the maximum size, UpstreamFailure, or the signal's reason
   */
  async fetch(request: DocumentRequest): Promise<Pick<VerifiedDocument, 'bytes' | 'release'>> {
    const { signal } = request;
    const { grow, release } = this.memory.lease();
    try {
      this.memory.admit();
      // An open breaker also rejects before the queue: waiting would be useless.
      this.breaker.admit();
      const ask = (): Promise<Buffer> => this.#ask(request, grow);
      const bytes = await this.bulkhead.run(signal, () => this.breaker.run(signal, request.id, ask));
      return { bytes, release };
    } catch (error) {
      release();
      const kind = error instanceof UpstreamFailure ? error.kind : undefined;
      if (kind === 'no-memory') throw new Overloaded('memory', undefined, { cause: error });
      if (kind === 'no-socket') throw new Overloaded('sockets', undefined, { cause: error });
      // The document of the next attempt may be smaller.
      if (kind === 'oversized') throw new DocumentDamaged(request, 'unknown', 'oversized', { cause: error });
      throw error;
    }
  }

  async #ask({ id, headers, record, signal }: DocumentRequest, reserve: Reserve): Promise<Buffer> {
    // The memory may have run out while this attempt was in the queue.
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
