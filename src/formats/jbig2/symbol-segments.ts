import type { Bitmap } from './bitmap.ts';
import { adaptivePixelsOf, contextsOf, GenericRegions } from './generic-region.ts';
import { NotDecoded } from './outcome.ts';
import { refinementOf } from './region-segments.ts';
import type { SegmentData } from './segment-data.ts';
import { decodeDictionary } from './symbol-dictionary.ts';
import { decodeText, TextIntegers } from './text-region.ts';

/** The symbols that a dictionary exports, and its contexts at its end when they are kept. */
export interface Dictionary {
  readonly symbols: readonly Bitmap[];
  readonly contexts: { readonly generic: Uint8Array; readonly refinement: Uint8Array } | undefined;
}

/** Flags of a symbol dictionary (ITU-T T.88, 7.4.2.1.1) and of a text region (7.4.3.1.1). */
const HUFFMAN = 0x01;
const AGGREGATES = 0x02;
const CONTEXTS_USED = 0x100;
const CONTEXTS_RETAINED = 0x200;
const REFINED = 0x02;
const TRANSPOSED = 0x40;
const BLACK = 0x200;
/** Bytes of memory for a place in a list of symbols. */
const PLACE = 8;

/**
 * Decodes a symbol dictionary (ITU-T T.88, 7.4.2).
 *
 * @param referred the dictionaries that it refers to
 * @throws Jbig2Damage
 * @throws NotDecoded
 * @throws OutOfWork
 */
export function decodeDictionarySegment(data: SegmentData, referred: readonly Dictionary[]): Dictionary {
  const flags = data.short();
  if ((flags & HUFFMAN) !== 0) throw new NotDecoded('jbig2');
  const template = (flags >> 10) & 3;
  const places = data.places(adaptivePixelsOf(template));
  const refinement = (flags & AGGREGATES) === 0 ? undefined : refinementOf(data, (flags >> 12) & 1);
  const exported = data.word();
  const newSymbols = data.word();
  const generic = new Uint8Array(contextsOf(template));
  if ((flags & CONTEXTS_USED) !== 0) {
    const kept = referred.at(-1)?.contexts;
    if (kept?.generic.length !== generic.length) throw new NotDecoded('jbig2');
    generic.set(kept.generic);
    refinement?.contexts.set(kept.refinement);
  }
  const coded = data.coded();
  const regions = new GenericRegions(coded, template, places, generic);
  const input = symbolsOf(data, referred);
  const symbols = decodeDictionary(coded, { input, newSymbols, exported, refinement }, regions);
  coded.finish();
  data.bitmaps.hold(PLACE * symbols.length);
  if ((flags & CONTEXTS_RETAINED) === 0) return { symbols, contexts: undefined };
  const contexts = { generic, refinement: refinement?.contexts ?? new Uint8Array(0) };
  data.bitmaps.hold(generic.length + contexts.refinement.length);
  return { symbols, contexts };
}

/**
 * Decodes a text region (7.4.3), and returns its bitmap if others refer to it.
 *
 * @param referred the dictionaries of its symbols
 * @throws Jbig2Damage
 * @throws NotDecoded
 * @throws OutOfWork
 */
export function decodeTextSegment(data: SegmentData, referred: readonly Dictionary[]): Bitmap | undefined {
  const region = data.region();
  const flags = data.short();
  if ((flags & HUFFMAN) !== 0) throw new NotDecoded('jbig2');
  const refinement = (flags & REFINED) === 0 ? undefined : refinementOf(data, flags >> 15);
  const corner = (flags >> 4) & 3;
  const parameters = {
    instances: data.word(),
    strip: 1 << ((flags >> 2) & 3),
    offset: (flags << 17) >> 27,
    isTransposed: (flags & TRANSPOSED) !== 0,
    isBottom: corner === 0 || corner === 2,
    isRight: corner >= 2,
    operator: (flags >> 7) & 3,
    refinement,
  };
  const symbols = symbolsOf(data, referred);
  const coded = data.coded();
  const target = data.target(region);
  if ((flags & BLACK) !== 0) target?.pixels.fill(1);
  decodeText(coded, parameters, new TextIntegers(symbols.length, coded), symbols, target);
  coded.finish();
  return target;
}

/** A dictionary may be referred to many times, so the list of all symbols takes memory of its own. */
function symbolsOf({ work, bitmaps }: SegmentData, dictionaries: readonly Dictionary[]): Bitmap[] {
  const count = dictionaries.reduce((sum, { symbols }) => sum + symbols.length, 0);
  work.spend(dictionaries.length + count);
  bitmaps.hold(PLACE * count);
  return dictionaries.flatMap(({ symbols }) => symbols);
}
