import { NotDecoded } from '../content.ts';
import { ArithmeticText } from './arithmetic-text.ts';
import type { Bitmap } from './bitmap.ts';
import { adaptivePixelsOf, contextsOf, GenericRegions } from './generic-region.ts';
import { decodeHuffmanDictionary, type DictionaryTables } from './huffman-dictionary.ts';
import { HuffmanText, readIdTable, TableChoice, type TextTables, value } from './huffman-text.ts';
import { Bits, type HuffmanTable, standardTable } from './huffman.ts';
import { refinementOf } from './region-segments.ts';
import type { SegmentData } from './segment-data.ts';
import { decodeDictionary, type DictionaryParameters } from './symbol-dictionary.ts';
import { decodeText } from './text-region.ts';

/** The symbols that a dictionary exports, and its contexts at its end when they are kept. */
export interface Dictionary {
  readonly symbols: readonly Bitmap[];
  readonly contexts: { readonly generic: Uint8Array; readonly refinement: Uint8Array } | undefined;
}

/** What a segment refers to. */
export interface Referred {
  readonly dictionaries: readonly Dictionary[];
  readonly tables: readonly HuffmanTable[];
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
 * @throws Jbig2Damage
 * @throws NotDecoded
 * @throws OutOfWork
 */
export function decodeDictionarySegment(data: SegmentData, referred: Referred): Dictionary {
  const flags = data.short();
  const isHuffman = (flags & HUFFMAN) !== 0;
  const template = (flags >> 10) & 3;
  const places = isHuffman ? [] : data.places(adaptivePixelsOf(template));
  const refinement = (flags & AGGREGATES) === 0 ? undefined : refinementOf(data, (flags >> 12) & 1);
  const exported = data.word();
  const newSymbols = data.word();
  const generic = new Uint8Array(contextsOf(template));
  if ((flags & CONTEXTS_USED) !== 0) {
    const kept = referred.dictionaries.at(-1)?.contexts;
    if (kept?.generic.length !== generic.length) throw new NotDecoded('jbig2');
    generic.set(kept.generic);
    refinement?.contexts.set(kept.refinement);
  }
  const input = symbolsOf(data, referred.dictionaries);
  const parameters = { input, newSymbols, exported, refinement };
  const symbols = isHuffman
    ? decodeHuffmanDictionary(data, parameters, dictionaryTables(flags, new TableChoice(referred.tables)))
    : decodeArithmetic(data, parameters, template, places, generic);
  data.bitmaps.hold(PLACE * symbols.length);
  if ((flags & CONTEXTS_RETAINED) === 0) return { symbols, contexts: undefined };
  const contexts = { generic, refinement: refinement?.contexts ?? new Uint8Array(0) };
  data.bitmaps.hold(generic.length + contexts.refinement.length);
  return { symbols, contexts };
}

function decodeArithmetic(
  data: SegmentData,
  parameters: DictionaryParameters,
  template: number,
  places: readonly number[],
  contexts: Uint8Array,
): Bitmap[] {
  const coded = data.coded();
  const regions = new GenericRegions(coded, template, places, contexts);
  const symbols = decodeDictionary(coded, parameters, regions);
  coded.finish();
  return symbols;
}

function dictionaryTables(flags: number, choice: TableChoice): DictionaryTables {
  return {
    height: choice.take((flags >> 2) & 3, [standardTable(4), standardTable(5)]),
    width: choice.take((flags >> 4) & 3, [standardTable(2), standardTable(3)]),
    size: choice.take((flags >> 6) & 1, [standardTable(1)]),
    instances: choice.take((flags >> 7) & 1, [standardTable(1)]),
  };
}

/**
 * Decodes a text region (7.4.3), and returns its bitmap if others refer to it.
 *
 * @throws Jbig2Damage
 * @throws NotDecoded
 * @throws OutOfWork
 */
export function decodeTextSegment(data: SegmentData, referred: Referred): Bitmap | undefined {
  const region = data.region();
  const flags = data.short();
  const isHuffman = (flags & HUFFMAN) !== 0;
  const tableFlags = isHuffman ? data.short() : 0;
  const refinement = (flags & REFINED) === 0 ? undefined : refinementOf(data, flags >> 15);
  const corner = (flags >> 4) & 3;
  const rowBits = (flags >> 2) & 3;
  const parameters = {
    instances: data.word(),
    strip: 1 << rowBits,
    offset: (flags << 17) >> 27,
    isTransposed: (flags & TRANSPOSED) !== 0,
    isBottom: corner === 0 || corner === 2,
    isRight: corner >= 2,
    operator: (flags >> 7) & 3,
    refinement,
  };
  const symbols = symbolsOf(data, referred.dictionaries);
  const target = data.target(region);
  if ((flags & BLACK) !== 0) target?.pixels.fill(1);
  if (isHuffman) {
    const bits = new Bits(data.bytes, data.at, data.segment.dataEnd);
    const tables = textTables(tableFlags, new TableChoice(referred.tables));
    const ids = readIdTable(data, bits, symbols.length);
    const coder = new HuffmanText(data, bits, tables, rowBits, () => value(ids, bits));
    decodeText(data, parameters, coder, symbols, target);
    data.finishBits(bits);
  } else {
    const coded = data.coded();
    decodeText(data, parameters, new ArithmeticText(symbols.length, coded), symbols, target);
    coded.finish();
  }
  return target;
}

function textTables(flags: number, choice: TableChoice): TextTables {
  const places = [standardTable(14), standardTable(15)];
  return {
    first: choice.take(flags & 3, [standardTable(6), standardTable(7)]),
    next: choice.take((flags >> 2) & 3, [standardTable(8), standardTable(9), standardTable(10)]),
    strip: choice.take((flags >> 4) & 3, [standardTable(11), standardTable(12), standardTable(13)]),
    width: choice.take((flags >> 6) & 3, places),
    height: choice.take((flags >> 8) & 3, places),
    x: choice.take((flags >> 10) & 3, places),
    y: choice.take((flags >> 12) & 3, places),
    size: choice.take((flags >> 14) & 1, [standardTable(1)]),
  };
}

/** A dictionary may be referred to many times, so the list of all symbols takes memory of its own. */
function symbolsOf({ work, bitmaps }: SegmentData, dictionaries: readonly Dictionary[]): Bitmap[] {
  const count = dictionaries.reduce((sum, { symbols }) => sum + symbols.length, 0);
  work.spend(dictionaries.length + count);
  bitmaps.hold(PLACE * count);
  return dictionaries.flatMap(({ symbols }) => symbols);
}
