import { LRUCache } from 'lru-cache';
import { MIB } from '../settings/kinds.ts';
import { problemOf } from './document-problems.ts';
import type { DocumentRequest, DocumentSource, VerifiedDocument } from './document-source.ts';
import type { DocumentMetrics } from './document.metrics.ts';

/** The maximum size of all copies together, in bytes. */
const MAX_BYTES = 64 * MIB;
/** What a copy takes beside its bytes: objects, the entity tag, the entry of the cache. Measured: 830 bytes. */
const COPY_OVERHEAD = 1_024;

type Copy = VerifiedDocument & { readonly storedAt: number };

/**
 * With `STALE_IF_ERROR_SECONDS`, keeps the last verified document of each id, and answers with it when no document
 * can be fetched. Requires that an id always means the same document.
 */
export class LastGoodCopy implements DocumentSource {
  readonly #copies: LRUCache<string, Copy>;

  constructor(
    private readonly next: DocumentSource,
    private readonly metrics: DocumentMetrics,
    maxAgeSeconds: number,
    maxBytes = MAX_BYTES,
  ) {
    this.#copies = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ bytes }) => COPY_OVERHEAD + bytes.length,
      ttl: maxAgeSeconds * 1000,
    });
  }

  async fetch(request: DocumentRequest): Promise<VerifiedDocument> {
    try {
      const document = await this.next.fetch(request);
      this.#keep(request.id, document);
      return document;
    } catch (error) {
      const problem = problemOf(error);
      // A copy hides no defect.
      if (problem === undefined) throw error;
      // A deleted document must not come back in the next outage.
      if (problem.type === 'document-not-found') {
        this.#copies.delete(request.id);
        throw error;
      }
      const copy = this.#copies.get(request.id);
      if (copy === undefined) throw error;
      request.record.cause = (error as Error).message;
      this.metrics.staleDeliveries.inc();
      return { ...copy, ageSeconds: Math.floor((performance.now() - copy.storedAt) / 1000) };
    }
  }

  #keep(id: string, document: VerifiedDocument): void {
    const { bytes } = document;
    // A document without Content-Length is in a larger buffer, which the copy would keep alive.
    const own = bytes.length === bytes.buffer.byteLength ? bytes : Buffer.from(Uint8Array.from(bytes).buffer);
    this.#copies.set(id, { ...document, bytes: own, release: () => undefined, storedAt: performance.now() });
  }
}
