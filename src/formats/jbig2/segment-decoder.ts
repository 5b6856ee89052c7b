import { checkCcitt } from '../ccitt/ccitt.ts';
import type { Work } from '../work.ts';
import { type Bitmap, Bitmaps } from './bitmap.ts';
import { CodedData } from './coded-data.ts';
import { Fields } from './fields.ts';
import { adaptivePixelsOf, contextsOf, GenericRegions } from './generic-region.ts';
import { Jbig2Damage, NotDecoded } from './outcome.ts';
import { refine, type Refinement, REFINEMENT_CONTEXTS, USUAL_PLACES } from './refinement.ts';
import { type Segment, SYMBOL_DICTIONARY, TABLES, PATTERN_DICTIONARY } from './segments.ts';
import { decodeDictionary } from './symbol-dictionary.ts';
import { decodeText, TextIntegers } from './text-region.ts';

/** The symbols that a dictionary exports, and its contexts at its end when they are kept. */
interface Dictionary {
  readonly symbols: readonly Bitmap[];
  readonly contexts: { readonly generic: Uint8Array; readonly refinement: Uint8Array } | undefined;
}

/** What a segment gives to those that refer to it; a bitmap, when it is an intermediate region. */
export type Result = Dictionary | Bitmap | 'undecoded';

/** What decoding starts with: the globals. */
export interface Start {
  readonly results: ReadonlyMap<number, Result>;
  /** Bytes of memory that their bitmaps hold. */
  readonly held: number;
  /** Whether a segment that is not there may have been among the globals. */
  readonly isOpen: boolean;
}

/** Flags of a symbol dictionary (ITU-T T.88, 7.4.2.1.1), a generic region (7.4.6.2) and a text region (7.4.3.1.1). */
const HUFFMAN = 0x01;
const AGGREGATES = 0x02;
const CONTEXTS_USED = 0x100;
const CONTEXTS_RETAINED = 0x200;
const MMR = 0x01;
const TYPICAL = 0x08;
const TWELVE_PIXELS = 0x10;
const REFINED = 0x02;
/** The flag of a region with colours (7.4.1.5, in the amendments). */
const COLOURED = 0x08;

interface Region {
  readonly width: number;
  readonly height: number;
}

/** Decodes segments in turn, and keeps what later ones refer to. */
export class SegmentDecoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #work: Work;
  readonly #bitmaps: Bitmaps;
  readonly results: Map<number, Result>;
  readonly #isOpen: boolean;

  constructor(bytes: Uint8Array, work: Work, globals: Start) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#work = work;
    this.#bitmaps = new Bitmaps(work, globals.held);
    this.results = new Map(globals.results);
    this.#isOpen = globals.isOpen;
  }

  /** Bytes that all bitmaps hold. */
  get held(): number {
    return this.#bitmaps.held;
  }

  /**
   * Decodes the data of a segment to their end.
   *
   * @throws Jbig2Damage
   * @throws NotDecoded
   * @throws OutOfWork
   */
  decode(segment: Segment): void {
    this.results.set(segment.number, 'undecoded');
    const result = this.#resultOf(segment);
    if (result !== undefined) this.results.set(segment.number, result);
  }

  #resultOf(segment: Segment): Result | undefined {
    const fields = new Fields(this.#view, segment.start, segment.dataEnd);
    switch (segment.kind) {
      case 'generic':
        return this.#generic(segment, fields);
      case 'refinement':
        return this.#refinement(segment, fields);
      case 'text':
        return this.#text(segment, fields);
      case 'halftone':
        throw new NotDecoded('jbig2');
      case undefined:
        if (segment.type === SYMBOL_DICTIONARY) return this.#dictionary(segment, fields);
        if (segment.type === TABLES || segment.type === PATTERN_DICTIONARY) throw new NotDecoded('jbig2');
        return undefined;
    }
  }

  /** The region information (7.4.1). */
  #region(fields: Fields): Region {
    const region = { width: fields.word(), height: fields.word() };
    fields.word();
    fields.word();
    if ((fields.byte() & COLOURED) !== 0) throw new NotDecoded('jbig2');
    return region;
  }

  /** The bitmap of a region that others refer to. Those of the page are not needed. */
  #target({ isIntermediate }: Segment, { width, height }: Region): Bitmap | undefined {
    return isIntermediate ? this.#bitmaps.create(width, height) : undefined;
  }

  #coded(fields: Fields, { dataEnd }: Segment): CodedData {
    return new CodedData(this.#bytes, fields.at, dataEnd, this.#work, this.#bitmaps);
  }

  /** 7.4.6 */
  #generic(segment: Segment, fields: Fields): Bitmap | undefined {
    const { width, height } = this.#region(fields);
    const rows =
      segment.dataEnd < segment.end ? Math.min(this.#view.getUint32(segment.dataEnd), height) : height;
    const flags = fields.byte();
    if ((flags & TWELVE_PIXELS) !== 0) throw new NotDecoded('jbig2');
    if ((flags & MMR) !== 0) {
      this.#checkMmr(segment, fields, width, rows);
      return undefined;
    }
    const template = (flags >> 1) & 3;
    const places = fields.places(adaptivePixelsOf(template));
    const data = this.#coded(fields, segment);
    const regions = new GenericRegions(data, template, places, new Uint8Array(contextsOf(template)));
    const target = this.#target(segment, { width, height });
    regions.decode(width, rows, (flags & TYPICAL) !== 0, target);
    data.finish();
    return target;
  }

  #checkMmr({ isIntermediate, dataEnd }: Segment, fields: Fields, columns: number, rows: number): void {
    const data = this.#bytes.subarray(fields.at, dataEnd);
    const parameters = {
      k: -1,
      columns,
      rows,
      endOfLine: false,
      encodedByteAlign: false,
      damagedRowsBeforeError: 0,
    };
    if (checkCcitt(data, parameters, this.#work).kind === 'damaged') throw new Jbig2Damage();
    if (isIntermediate) throw new NotDecoded('jbig2');
  }

  /** 7.4.7 */
  #refinement(segment: Segment, fields: Fields): Bitmap | undefined {
    const { width, height } = this.#region(fields);
    const flags = fields.byte();
    const refinement = this.#refinementOf(fields, flags & 1);
    const old = this.#referred(segment).find((result) => 'pixels' in result);
    // Without a reference, the page is refined, which is not drawn.
    if (old === undefined) throw new NotDecoded('jbig2');
    const data = this.#coded(fields, segment);
    const target = this.#bitmaps.create(width, height);
    refine(data, refinement, target, old, 0, 0, (flags & 2) !== 0);
    data.finish();
    return segment.isIntermediate ? target : undefined;
  }

  #refinementOf(fields: Fields, template: number): Refinement {
    const adaptive = template === 0 ? fields.places(2) : USUAL_PLACES;
    return { template, adaptive, contexts: new Uint8Array(REFINEMENT_CONTEXTS) };
  }

  /** 7.4.2 */
  #dictionary(segment: Segment, fields: Fields): Dictionary {
    const flags = fields.short();
    if ((flags & HUFFMAN) !== 0) throw new NotDecoded('jbig2');
    const template = (flags >> 10) & 3;
    const places = fields.places(adaptivePixelsOf(template));
    const refinement = (flags & AGGREGATES) === 0 ? undefined : this.#refinementOf(fields, (flags >> 12) & 1);
    const exported = fields.word();
    const newSymbols = fields.word();
    const referred = this.#referred(segment).filter((result) => 'symbols' in result);
    const generic = new Uint8Array(contextsOf(template));
    if ((flags & CONTEXTS_USED) !== 0) {
      const kept = referred.at(-1)?.contexts;
      if (kept?.generic.length !== generic.length) throw new NotDecoded('jbig2');
      generic.set(kept.generic);
      refinement?.contexts.set(kept.refinement);
    }
    const data = this.#coded(fields, segment);
    const regions = new GenericRegions(data, template, places, generic);
    const input = this.#symbolsOf(referred);
    const symbols = decodeDictionary(data, { input, newSymbols, exported, refinement }, regions);
    data.finish();
    const contexts = { generic, refinement: refinement?.contexts ?? new Uint8Array(0) };
    return { symbols, contexts: (flags & CONTEXTS_RETAINED) === 0 ? undefined : contexts };
  }

  /** 7.4.3 */
  #text(segment: Segment, fields: Fields): Bitmap | undefined {
    const region = this.#region(fields);
    const flags = fields.short();
    if ((flags & HUFFMAN) !== 0) throw new NotDecoded('jbig2');
    const refinement = (flags & REFINED) === 0 ? undefined : this.#refinementOf(fields, flags >> 15);
    const corner = (flags >> 4) & 3;
    const parameters = {
      instances: fields.word(),
      strip: 1 << ((flags >> 2) & 3),
      offset: (flags << 17) >> 27,
      isTransposed: (flags & 0x40) !== 0,
      isBottom: corner === 0 || corner === 2,
      isRight: corner >= 2,
      operator: (flags >> 7) & 3,
      refinement,
    };
    const symbols = this.#symbolsOf(this.#referred(segment).filter((result) => 'symbols' in result));
    const data = this.#coded(fields, segment);
    const target = this.#target(segment, region);
    if ((flags & 0x200) !== 0) target?.pixels.fill(1);
    decodeText(data, parameters, new TextIntegers(symbols.length, data), symbols, target);
    data.finish();
    return target;
  }

  #symbolsOf(dictionaries: readonly Dictionary[]): Bitmap[] {
    const symbols = dictionaries.flatMap((dictionary) => dictionary.symbols);
    this.#work.spend(symbols.length);
    return symbols;
  }

  /** What the segments give that this one refers to. */
  #referred({ references }: Segment): Exclude<Result, 'undecoded'>[] {
    return references.flatMap((number) => {
      const result = this.results.get(number);
      if (result === 'undecoded' || (result === undefined && this.#isOpen)) throw new NotDecoded('jbig2');
      return result === undefined ? [] : [result];
    });
  }
}
