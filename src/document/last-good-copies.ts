import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { SETTINGS } from '../settings/settings.module.ts';
import type { Settings } from '../settings/settings.ts';
import type { VerifiedDocument } from './document-fetcher.ts';

interface Copy extends Omit<VerifiedDocument, 'release'> {
  readonly storedAt: number;
}

/**
 * The last document that was verified for each id, kept for the time when none can be fetched. Off unless
 * `STALE_IF_ERROR_SECONDS` is set: then an id must mean one document.
 */
@Injectable()
export class LastGoodCopies {
  readonly #copies: LRUCache<string, Copy> | undefined;

  constructor(@Inject(SETTINGS) settings: Settings) {
    if (settings.STALE_IF_ERROR_SECONDS === 0) return;
    this.#copies = new LRUCache({
      maxSize: settings.STALE_MAX_BYTES,
      sizeCalculation: ({ bytes }) => Math.max(1, bytes.length),
      ttl: settings.STALE_IF_ERROR_SECONDS * 1000,
    });
  }

  keep(id: string, { bytes, format, entityTag }: VerifiedDocument): void {
    if (this.#copies === undefined) return;
    // A document that came without a length stands in a buffer with room to spare, which would stay with it.
    const own = bytes.length === bytes.buffer.byteLength ? bytes : Buffer.from(Uint8Array.from(bytes).buffer);
    this.#copies.set(id, { bytes: own, format, entityTag, storedAt: performance.now() });
  }

  /** The copy, and its age in whole seconds. */
  find(id: string): { readonly document: VerifiedDocument; readonly ageSeconds: number } | undefined {
    const copy = this.#copies?.get(id);
    if (copy === undefined) return undefined;
    const { storedAt, ...document } = copy;
    const ageSeconds = Math.floor((performance.now() - storedAt) / 1000);
    return { document: { ...document, release: () => undefined }, ageSeconds };
  }
}
