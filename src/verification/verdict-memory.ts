import { LRUCache } from 'lru-cache';
import type { VerifyOptions } from '../formats/format.ts';
import { png } from '../formats/png.ts';
import { digestOf } from './entity-tag.ts';
import { type Verification, verify } from './verification.ts';

type Known = Omit<Verification, 'bytes'>;

/**
 * Verifies documents and remembers the verdicts, also of damaged ones, by SHA-256 and units of work: a wrong verdict
 * would need a collision of SHA-256.
 */
export class VerdictMemory {
  readonly #known: LRUCache<string, Known> | undefined;

  /** @param max the number of verdicts to remember; 0 for none */
  constructor(max: number) {
    if (max > 0) this.#known = new LRUCache({ max });
  }

  verify(bytes: Buffer, options: VerifyOptions): Verification {
    // Verifying a PNG takes a third of the time of its digest.
    if (this.#known === undefined || png.recognises(bytes)) return verify(bytes, options);
    const digest = digestOf(bytes);
    const key = `${options.units} ${digest}`;
    const known = this.#known.get(key);
    if (known !== undefined) return { ...known, bytes, remembered: true };
    const verification = verify(bytes, options, digest);
    const { format, verdict, entityTag } = verification;
    this.#known.set(key, { format, verdict, entityTag });
    return verification;
  }
}

/** Each place holds the last document whose length modulo PLACES selects it. */
const PLACES = 64;
/** The maximum size of a kept document in bytes. All places together hold at most 8 MiB. */
const MAX_BYTES = 128 * 1024;

interface Place {
  readonly known: Known;
  /** Set for a document that came twice in a row. One that came once is not worth the memory. */
  readonly bytes: Uint8Array | undefined;
}

/**
 * Keeps a few frequent documents with their bytes. A comparison takes a fortieth of the time of a digest, and a tenth
 * of that of the checksums of a PNG.
 */
export class RecentDocuments {
  readonly #places = new Array<Place | undefined>(PLACES).fill(undefined);

  /** Returns the earlier verification of these bytes. */
  find(bytes: Buffer): Known | undefined {
    const place = this.#places[bytes.length % PLACES];
    return place?.bytes !== undefined && bytes.equals(place.bytes) ? place.known : undefined;
  }

  /** A damaged document replaces no intact one. @param verification whose bytes must not change any more */
  note({ bytes, format, verdict, entityTag }: Verification): void {
    const at = bytes.length % PLACES;
    const last = this.#places[at]?.known;
    if (bytes.length > MAX_BYTES || (last?.verdict.intact === true && !verdict.intact)) return;
    const cameBefore = last?.entityTag === entityTag;
    this.#places[at] = { known: { format, verdict, entityTag }, bytes: cameBefore ? bytes : undefined };
  }
}
