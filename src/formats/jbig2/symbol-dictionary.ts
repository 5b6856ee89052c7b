import { NotDecoded } from '../content.ts';
import type { Work } from '../work.ts';
import { ArithmeticText, integer } from './arithmetic-text.ts';
import type { Bitmap } from './bitmap.ts';
import { OR } from './bitmap.ts';
import type { CodedData } from './coded-data.ts';
import type { GenericRegions } from './generic-region.ts';
import { Integers } from './integers.ts';
import type { Refinement } from './refinement.ts';
import { checkSymbolSize, createSymbol, damaged, decodeText, type TextParameters } from './text-region.ts';

/** Runs of no symbols in a row: one is of use, and jbig2dec allows four. */
const MAX_EMPTY_RUNS = 4;
/** Units of work for a symbol, and for a run of symbols that are exported or not. */
const UNITS_PER_SYMBOL = 200;
const UNITS_PER_RUN = 100;

/** Parameters of a symbol dictionary (ITU-T T.88, Table 13). */
export interface DictionaryParameters {
  /** Symbols of the dictionaries that this one refers to. */
  readonly input: readonly Bitmap[];
  readonly newSymbols: number;
  readonly exported: number;
  /** Undefined when symbols are not made from other ones. */
  readonly refinement: Refinement | undefined;
}

/**
 * Decodes a symbol dictionary (ITU-T T.88, 6.5.5) and returns the symbols that it exports.
 *
 * @throws Jbig2Damage
 * @throws NotDecoded
 * @throws OutOfWork
 */
export function decodeDictionary(
  data: CodedData,
  parameters: DictionaryParameters,
  regions: GenericRegions,
): Bitmap[] {
  const { input, newSymbols } = parameters;
  const symbols = [...input];
  const total = input.length + newSymbols;
  const heights = new Integers();
  const widths = new Integers();
  const read =
    parameters.refinement === undefined
      ? (width: number, height: number): Bitmap => readSymbol(data, regions, width, height)
      : aggregates(data, parameters.refinement, symbols, total);
  let height = 0;
  while (symbols.length < total) {
    height += integer(heights, data);
    let width = 0;
    for (let step = widths.read(data.decoder); step !== undefined; step = widths.read(data.decoder)) {
      if (symbols.length === total) damaged();
      data.work.spend(UNITS_PER_SYMBOL);
      width += step;
      checkSymbolSize(width, height);
      symbols.push(read(width, height));
      data.checkEnough();
    }
    data.work.spend(UNITS_PER_SYMBOL);
    data.checkEnough();
  }
  const runs = new Integers();
  return exportedOf(data.work, () => integer(runs, data), symbols, parameters.exported);
}

/** Reads a symbol that does not depend on others (6.5.8.1). */
function readSymbol(data: CodedData, regions: GenericRegions, width: number, height: number): Bitmap {
  // Damage makes sizes that no memory can hold. It shows when the pixels are decoded.
  const target = data.bitmaps.hasRoom(width, height) ? data.bitmaps.create(width, height) : undefined;
  regions.decode(width, height, false, target);
  if (target === undefined) throw new NotDecoded('budget');
  return target;
}

/** The function that reads a symbol made from those before it (6.5.8.2). */
function aggregates(
  data: CodedData,
  refinement: Refinement,
  symbols: readonly Bitmap[],
  total: number,
): (width: number, height: number) => Bitmap {
  const counts = new Integers();
  const text = new ArithmeticText(total, data);
  return (width, height) => {
    const instances = integer(counts, data);
    const bitmap = createSymbol(data, width, height);
    if (instances === 1) {
      const old = symbols[text.id()] ?? damaged();
      text.refine(refinement, bitmap, old, ...text.place());
    } else {
      decodeText(data, { ...AGGREGATE, instances, refinement }, text, symbols, bitmap);
    }
    return bitmap;
  };
}

/** Table 17. */
export const AGGREGATE: Omit<TextParameters, 'instances' | 'refinement'> = {
  strip: 1,
  offset: 0,
  isTransposed: false,
  isBottom: false,
  isRight: false,
  operator: OR,
};

/** Reads which symbols are exported (6.5.10): runs that are not, and runs that are, in turn. */
export function exportedOf(
  work: Work,
  nextRun: () => number,
  symbols: readonly Bitmap[],
  count: number,
): Bitmap[] {
  const exported: Bitmap[] = [];
  let empty = 0;
  for (let at = 0, isExported = false; at < symbols.length; isExported = !isExported) {
    work.spend(UNITS_PER_RUN);
    const run = nextRun();
    empty = run === 0 ? empty + 1 : 0;
    if (run < 0 || run > symbols.length - at || empty > MAX_EMPTY_RUNS) damaged();
    if (isExported) for (const symbol of symbols.slice(at, at + run)) exported.push(symbol);
    at += run;
  }
  if (exported.length !== count) damaged();
  return exported;
}
