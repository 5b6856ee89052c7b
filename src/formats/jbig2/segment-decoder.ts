import { NotDecoded, type Unchecked } from '../content.ts';
import { OutOfWork } from '../work.ts';
import type { Work } from '../work.ts';
import { type Bitmap, Bitmaps } from './bitmap.ts';
import { type CodeTable, readCodeTable } from './code-table.ts';
import { Jbig2Damage } from './damage.ts';
import { decodeHalftone, decodePatterns, type Patterns } from './halftone.ts';
import { decodeGenericRegion, decodeRefinementRegion } from './region-segments.ts';
import { SegmentData } from './segment-data.ts';
import { PATTERN_DICTIONARY, type Segment, SYMBOL_DICTIONARY, TABLES } from './segments.ts';
import { decodeDictionarySegment, decodeTextSegment, type Dictionary } from './symbol-segments.ts';

/** What a segment gives to those that refer to it; a bitmap, when it is an intermediate region. */
type Decoded = Dictionary | Patterns | CodeTable | Bitmap;
export type Result = Decoded | 'undecoded';

/** What decoding starts with: the globals. */
export interface Start {
  readonly results: ReadonlyMap<number, Result>;
  /** Bytes of memory that they hold. */
  readonly held: number;
  /** Whether a segment that is not there may have been among the globals. */
  readonly isOpen: boolean;
}

/** Decodes segments in turn, and keeps what later ones refer to. */
export class SegmentDecoder {
  readonly #bytes: Uint8Array;
  readonly #work: Work;
  readonly #bitmaps: Bitmaps;
  readonly results: Map<number, Result>;
  readonly #isOpen: boolean;

  /** @param work for decoding alone; once it is spent, nothing more is decoded */
  constructor(bytes: Uint8Array, work: Work, globals: Start) {
    this.#bytes = bytes;
    this.#work = work;
    this.#bitmaps = new Bitmaps(work, globals.held);
    this.results = new Map(globals.results);
    this.#isOpen = globals.isOpen;
  }

  /** Bytes of memory that all results hold. */
  get held(): number {
    return this.#bitmaps.held;
  }

  /** Decodes the data of a segment to their end. Returns whether they are damaged, or why they were not decoded. */
  decode(segment: Segment): 'damaged' | Unchecked | undefined {
    if (!isCoded(segment)) return undefined;
    this.results.delete(segment.number);
    try {
      const result = this.#resultOf(new SegmentData(this.#bytes, segment, this.#work, this.#bitmaps));
      if (result !== undefined) this.results.set(segment.number, result);
      return undefined;
    } catch (error) {
      this.results.set(segment.number, 'undecoded');
      if (error instanceof Jbig2Damage) return 'damaged';
      if (error instanceof NotDecoded) return error.why;
      if (error instanceof OutOfWork) return 'budget';
      throw error;
    }
  }

  #resultOf(data: SegmentData): Decoded | undefined {
    const { kind, type } = data.segment;
    if (type === TABLES) return readCodeTable(data);
    if (type === PATTERN_DICTIONARY) return decodePatterns(data);
    if (kind === 'generic') return decodeGenericRegion(data);
    const referred = this.#referred(data.segment);
    const shared = {
      dictionaries: referred.filter((result) => 'symbols' in result),
      tables: referred.filter((result) => 'table' in result).map(({ table }) => table),
    };
    switch (kind) {
      case 'refinement':
        return decodeRefinementRegion(
          data,
          referred.find((result) => 'pixels' in result),
        );
      case 'text':
        return decodeTextSegment(data, shared);
      case 'halftone':
        decodeHalftone(
          data,
          referred.find((result) => 'count' in result),
        );
        return undefined;
      case undefined:
        return decodeDictionarySegment(data, shared);
    }
  }

  /** What the segments give that this one refers to. */
  #referred({ references }: Segment): Decoded[] {
    return references.flatMap((number) => {
      const result = this.results.get(number);
      if (result === 'undecoded' || (result === undefined && this.#isOpen)) throw new NotDecoded('jbig2');
      return result === undefined ? [] : [result];
    });
  }
}

function isCoded({ kind, type }: Segment): boolean {
  return kind !== undefined || type === SYMBOL_DICTIONARY || type === PATTERN_DICTIONARY || type === TABLES;
}
