import { JpegDamage } from './damage.ts';
import type { Segment } from './markers.ts';
import { standardTable } from './standard-tables.ts';

/** The number of code lengths, 1 to 16 bits (B.2.4.2). */
const LENGTHS = 16;
const MAX_SYMBOLS = 256;
/** The number of tables of each class. */
const TABLES = 4;
const AC_CLASS = 0x10;

/** Codes of up to this length are found by one lookup. */
export const FAST_BITS = 9;

/**
 * An entry describes one code. Its lowest 5 bits are the number of bits to skip: the code, and the coefficient if its
 * value is not needed. CODES_COEFFICIENT marks a coefficient. The bits from ENTRY_SHIFT on depend on the use.
 */
export const ENTRY_BITS = 31;
export const CODES_COEFFICIENT = 32;
export const ENTRY_SHIFT = 8;
/** In an AC entry, the bits from SIZE_SHIFT on are the size of the coefficient; the number below has NUMBER. */
export const SIZE_SHIFT = 20;
export const NUMBER = 0xfff;
/** The number from ENTRY_SHIFT in an AC entry that ends the band, plus the r of EOBr (G.1.2.2). */
export const END_OF_BAND = 128;
/** The number from ENTRY_SHIFT in an entry of a code that no intact image contains. */
export const IMPOSSIBLE = 256;

/** The use of a table. `extra` is the maximum number of bits of a coefficient (F.1.2; 8 or 12 bits per sample). */
export interface Use {
  readonly kind: 'dc' | 'sequential' | 'first' | 'refinement';
  readonly extra: number;
}

/** A Huffman table as in DHT. */
export interface Definition {
  /** The number of codes of 1 to 16 bits. */
  readonly counts: Uint8Array;
  readonly symbols: Uint8Array;
}

/** Huffman codes, found by the next bits of the data. */
export class HuffmanTable {
  /** The entry for each value of the next FAST_BITS bits; 0 when the code is longer. */
  readonly fast = new Int32Array(1 << FAST_BITS);
  readonly #entries: Int32Array;
  /** For each length: the first 16-bit value above its codes, and the difference between entry index and code. */
  readonly #ends = new Int32Array(LENGTHS + 1);
  readonly #bases = new Int32Array(LENGTHS + 1);

  /** @throws JpegDamage huffman-table-invalid */
  constructor({ counts, symbols }: Definition, use: Use, at: number) {
    this.#entries = new Int32Array(symbols.length);
    let code = 0;
    let index = 0;
    for (let length = 1; length <= LENGTHS; length++, code <<= 1) {
      const count = counts[length - 1] ?? 0;
      this.#bases[length] = index - code;
      for (let i = 0; i < count; i++, index++, code++) {
        const entry = entryOf(symbols[index] ?? 0, length, use);
        this.#entries[index] = entry;
        const spare = FAST_BITS - length;
        if (spare >= 0) this.fast.fill(entry, code << spare, (code + 1) << spare);
      }
      // A code of only ones is not allowed (C.2).
      if (count > 0 && code >= 1 << length) throw invalid(at);
      this.#ends[length] = code << (LENGTHS - length);
    }
  }

  /** The entry of the code at the top of a 32-bit number. */
  entryOf(word: number): number {
    const entry = this.fast[word >>> (32 - FAST_BITS)] ?? 0;
    return entry === 0 ? this.longEntry(word) : entry;
  }

  /** The entry of a code longer than FAST_BITS at the top of a 32-bit number. */
  longEntry(word: number): number {
    const next = word >>> 16;
    for (let length = FAST_BITS + 1; length <= LENGTHS; length++) {
      if (next < (this.#ends[length] ?? 0)) {
        return this.#entries[(this.#bases[length] ?? 0) + (next >>> (LENGTHS - length))] ?? 0;
      }
    }
    return (IMPOSSIBLE << ENTRY_SHIFT) | LENGTHS;
  }
}

/** F.1.2.1.3 and F.1.2.2.1: a DC symbol is a bit count; an AC symbol is a run of zeros and a bit count. */
function entryOf(symbol: number, length: number, { kind, extra }: Use): number {
  const run = symbol >>> 4;
  const size = symbol & 15;
  const impossible = (IMPOSSIBLE << ENTRY_SHIFT) | length;
  if (kind === 'dc') return symbol > extra + 1 ? impossible : (symbol << ENTRY_SHIFT) | length;
  if (size > (kind === 'refinement' ? 1 : extra)) return impossible;
  if (size > 0)
    return (size << SIZE_SHIFT) | ((run + 1) << ENTRY_SHIFT) | CODES_COEFFICIENT | (length + size);
  if (run === 15) return (16 << ENTRY_SHIFT) | length;
  return run > 0 && kind === 'sequential' ? impossible : ((END_OF_BAND + run) << ENTRY_SHIFT) | length;
}

/** Huffman tables by class and number. */
export class HuffmanTables {
  readonly #definitions = new Map<number, Definition>();
  readonly #built = new Map<string, HuffmanTable>();

  /**
   * Reads a DHT segment (B.2.4.2).
   *
   * @throws JpegDamage huffman-table-invalid
   */
  define({ view, at }: Segment): void {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let pos = 0; pos < bytes.length;) {
      const key = bytes[pos] ?? 0;
      const counts = bytes.subarray(pos + 1, pos + 1 + LENGTHS);
      const symbolsAt = pos + 1 + LENGTHS;
      const symbols = counts.reduce((sum, count) => sum + count, 0);
      if ((key & ~AC_CLASS) >= TABLES || symbols > MAX_SYMBOLS || symbolsAt + symbols > bytes.length)
        throw invalid(at + pos);
      pos = symbolsAt + symbols;
      this.#definitions.set(key, { counts, symbols: bytes.subarray(symbolsAt, pos) });
      this.#built.clear();
    }
  }

  /**
   * The table of this number and use. The default is the table of Annex K, which Motion JPEG omits; progressive images
   * have no default.
   *
   * @throws JpegDamage huffman-table-invalid
   */
  table(number: number, use: Use, at: number): HuffmanTable {
    const key = use.kind === 'dc' ? number : number | AC_CLASS;
    const name = `${key} ${use.kind}`;
    const built = this.#built.get(name);
    if (built !== undefined) return built;
    const definition =
      this.#definitions.get(key) ??
      (use.kind === 'sequential' || use.kind === 'dc' ? standardTable(key) : undefined);
    if (definition === undefined) throw invalid(at);
    const table = new HuffmanTable(definition, use, at);
    this.#built.set(name, table);
    return table;
  }
}

/** The value that these bits of a coefficient mean (F.2.2.1, EXTEND). */
export function extend(bits: number, size: number): number {
  // Without a branch, which would be taken at random: all ones when the first bit is 0.
  const isNegative = (bits >>> (size - 1)) - 1;
  return bits + (isNegative & (1 - (1 << size)));
}

function invalid(at: number): JpegDamage {
  return new JpegDamage('huffman-table-invalid', at);
}
