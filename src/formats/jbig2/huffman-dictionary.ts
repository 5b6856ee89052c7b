import { idBits } from './arithmetic-text.ts';
import type { Bitmap } from './bitmap.ts';
import { HuffmanText, value } from './huffman-text.ts';
import { Bits, type HuffmanTable, standardTable } from './huffman.ts';
import { checkMmr } from './region-segments.ts';
import type { Region, SegmentData } from './segment-data.ts';
import { AGGREGATE, type DictionaryParameters, exportedOf } from './symbol-dictionary.ts';
import { checkSymbolSize, createSymbol, damaged, decodeText } from './text-region.ts';

const UNITS_PER_SYMBOL = 200;
const NOTHING = new Uint8Array(0);

/** The tables of a symbol dictionary (ITU-T T.88, 7.4.2.1.1). */
export interface DictionaryTables {
  readonly height: HuffmanTable;
  readonly width: HuffmanTable;
  /** Bytes of the bitmap of a height class. */
  readonly size: HuffmanTable;
  readonly instances: HuffmanTable;
}

/**
 * Decodes a symbol dictionary in Huffman codes (ITU-T T.88, 6.5.5) and returns the symbols that it exports. Those that
 * are not made from others are not drawn.
 *
 * @throws Jbig2Damage
 * @throws NotDecoded
 * @throws OutOfWork
 */
export function decodeHuffmanDictionary(
  data: SegmentData,
  parameters: DictionaryParameters,
  tables: DictionaryTables,
): Bitmap[] {
  const { input, newSymbols, refinement } = parameters;
  const bits = new Bits(data.bytes, data.at, data.segment.dataEnd);
  const symbols = [...input];
  const total = input.length + newSymbols;
  const readAggregate =
    refinement === undefined
      ? undefined
      : aggregates(data, bits, { ...parameters, refinement }, symbols, tables);
  let height = 0;
  while (symbols.length < total) {
    data.work.spend(UNITS_PER_SYMBOL);
    height += value(tables.height, bits);
    let width = 0;
    let allWidths = 0;
    for (let step = tables.width.read(bits); step !== undefined; step = tables.width.read(bits)) {
      if (symbols.length === total) damaged();
      data.work.spend(UNITS_PER_SYMBOL);
      width += step;
      allWidths += width;
      checkSymbolSize(width, height);
      symbols.push(readAggregate?.(width, height) ?? undrawn(data, width, height));
    }
    if (readAggregate === undefined)
      checkClass(data, bits, value(tables.size, bits), { width: allWidths, height });
  }
  const exported = exportedOf(data.work, () => value(standardTable(1), bits), symbols, parameters.exported);
  data.finishBits(bits);
  return exported;
}

function undrawn({ bitmaps }: SegmentData, width: number, height: number): Bitmap {
  bitmaps.create(0, 0);
  return { width, height, pixels: NOTHING };
}

/** Checks the bitmap of a height class (6.5.9), in MMR coding or without any. */
function checkClass({ bytes, work }: SegmentData, bits: Bits, size: number, { width, height }: Region): void {
  if (size < 0) damaged();
  if (size === 0) {
    bits.takeBytes(height * Math.ceil(width / 8));
    return;
  }
  const start = bits.takeBytes(size);
  checkMmr(bytes.subarray(start, start + size), { width, height }, work);
}

/** The function that reads a symbol made from those before it (6.5.8.2). */
function aggregates(
  data: SegmentData,
  bits: Bits,
  {
    input,
    newSymbols,
    refinement,
  }: DictionaryParameters & Required<Pick<DictionaryParameters, 'refinement'>>,
  symbols: readonly Bitmap[],
  tables: DictionaryTables,
): (width: number, height: number) => Bitmap {
  const length = Math.max(1, idBits(input.length + newSymbols));
  const place = standardTable(15);
  const textTables = {
    first: standardTable(6),
    next: standardTable(8),
    strip: standardTable(11),
    width: place,
    height: place,
    x: place,
    y: place,
    size: standardTable(1),
  };
  const text = new HuffmanText(data, bits, textTables, 0, () => bits.read(length));
  return (width, height) => {
    const instances = value(tables.instances, bits);
    const bitmap = createSymbol(data, width, height);
    if (instances === 1 && refinement !== undefined) {
      const old = symbols[text.id()] ?? damaged();
      text.refine(refinement, bitmap, old, ...text.place());
    } else {
      decodeText(data, { ...AGGREGATE, instances, refinement }, text, symbols, bitmap);
    }
    return bitmap;
  };
}
