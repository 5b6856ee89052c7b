import type { Verification } from './verification.ts';

type Known = Omit<Verification, 'bytes'>;

/** Each holds the last document whose length leads there. */
const PLACES = 64;
/** With all places taken, the bytes that are kept are 8 MiB. */
const MAX_BYTES = 128 * 1024;

interface Place {
  readonly known: Known;
  /** Of a document that came twice in a row: one that comes once is not worth its memory. */
  readonly bytes: Uint8Array | undefined;
}

/**
 * The few documents that come again and again, bytes and all: comparing takes a fortieth of the time of a digest, and
 * a tenth of that of a PNG's checksums.
 */
export class RecentDocuments {
  readonly #places = new Array<Place | undefined>(PLACES).fill(undefined);

  /** What was found of these bytes. */
  find(bytes: Buffer): Known | undefined {
    const place = this.#places[bytes.length % PLACES];
    return place?.bytes !== undefined && bytes.equals(place.bytes) ? place.known : undefined;
  }

  /** @param verification of a document that was found whole; its bytes may not change any more */
  note({ bytes, format, verdict, entityTag }: Verification): void {
    if (bytes.length > MAX_BYTES) return;
    const at = bytes.length % PLACES;
    const cameBefore = this.#places[at]?.known.entityTag === entityTag;
    this.#places[at] = { known: { format, verdict, entityTag }, bytes: cameBefore ? bytes : undefined };
  }
}
