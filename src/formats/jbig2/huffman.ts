import { Jbig2Damage } from './damage.ts';

/** One line of a table: the length of its prefix, then of what is added to its lowest value, both in bits. */
export interface Line {
  readonly prefix: number;
  readonly range: number;
  readonly low: number;
  /** `low`: the rest is subtracted. `oob`: the value OOB. */
  readonly kind: 'value' | 'low' | 'oob';
}

/** Tables B.1 to B.15 of ITU-T T.88: prefix, range and lowest value of each line, or OOB. */
const STANDARD = [
  '1/4/0 2/8/16 3/16/272 3/32/65808',
  '1/0/0 2/0/1 3/0/2 4/3/3 5/6/11 6/32/75 6/oob',
  '8/8/-256 1/0/0 2/0/1 3/0/2 4/3/3 5/6/11 8/32/-257/low 7/32/75 6/oob',
  '1/0/1 2/0/2 3/0/3 4/3/4 5/6/12 5/32/76',
  '7/8/-255 1/0/1 2/0/2 3/0/3 4/3/4 5/6/12 7/32/-256/low 6/32/76',
  '5/10/-2048 4/9/-1024 4/8/-512 4/7/-256 5/6/-128 5/5/-64 4/5/-32 2/7/0 3/7/128 3/8/256 4/9/512 ' +
    '4/10/1024 6/32/-2049/low 6/32/2048',
  '4/9/-1024 3/8/-512 4/7/-256 5/6/-128 5/5/-64 4/5/-32 4/5/0 5/5/32 5/6/64 4/7/128 3/8/256 3/9/512 ' +
    '3/10/1024 5/32/-1025/low 5/32/2048',
  '8/3/-15 9/1/-7 8/1/-5 9/0/-3 7/0/-2 4/0/-1 2/1/0 5/0/2 6/0/3 3/4/4 6/1/20 4/4/22 4/5/38 5/6/70 ' +
    '5/7/134 6/7/262 7/8/390 6/10/646 9/32/-16/low 9/32/1670 2/oob',
  '8/4/-31 9/2/-15 8/2/-11 9/1/-7 7/1/-5 4/1/-3 3/1/-1 3/1/1 5/1/3 6/1/5 3/5/7 6/2/39 4/5/43 4/6/75 ' +
    '5/7/139 5/8/267 6/8/523 7/9/779 6/11/1291 9/32/-32/low 9/32/3339 2/oob',
  '7/4/-21 8/0/-5 7/0/-4 5/0/-3 2/2/-2 5/0/2 6/0/3 7/0/4 8/0/5 2/6/6 5/5/70 6/5/102 6/6/134 6/7/198 ' +
    '6/8/326 6/9/582 6/10/1094 7/11/2118 8/32/-22/low 8/32/4166 2/oob',
  '1/0/1 2/1/2 4/0/4 4/1/5 5/1/7 5/2/9 6/2/13 7/2/17 7/3/21 7/4/29 7/5/45 7/6/77 7/32/141',
  '1/0/1 2/0/2 3/1/3 5/0/5 5/1/6 6/1/8 7/0/10 7/1/11 7/2/13 7/3/17 7/4/25 8/5/41 8/32/73',
  '1/0/1 3/0/2 4/0/3 5/0/4 4/1/5 3/3/7 6/1/15 6/2/17 6/3/21 6/4/29 6/5/45 7/6/77 7/32/141',
  '3/0/-2 3/0/-1 1/0/0 3/0/1 3/0/2',
  '7/4/-24 6/2/-8 5/1/-4 4/0/-2 3/0/-1 1/0/0 3/0/1 4/0/2 5/1/3 6/2/5 7/4/9 7/32/-25/low 7/32/25',
].map((text) => text.split(' ').map(lineOf));

function lineOf(text: string): Line {
  const [prefix, range, low, isLow] = text.split('/');
  if (range === 'oob') return { prefix: Number(prefix), range: 0, low: 0, kind: 'oob' };
  const kind = isLow === undefined ? 'value' : 'low';
  return { prefix: Number(prefix), range: Number(range), low: Number(low), kind };
}

/** Prefixes are at most as long, in bits. */
const MAX_PREFIX = 32;

/** Reads bits from the highest one of each byte. */
export class Bits {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #bit: number;

  /** The data are the bytes from `start` to before `end`. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#bit = 8 * start;
    this.#end = 8 * end;
  }

  /** Offset of the next byte of which no bit was read. */
  get at(): number {
    return Math.ceil(this.#bit / 8);
  }

  /** @throws Jbig2Damage at the end of the data */
  read(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = 2 * value + this.#next();
    return value;
  }

  /**
   * Goes over what is left of a byte, and then whole bytes. Returns the offset of these.
   *
   * @throws Jbig2Damage when there are not as many
   */
  takeBytes(count: number): number {
    const { at } = this;
    this.#bit = 8 * (at + count);
    if (this.#bit > this.#end) throw new Jbig2Damage();
    return at;
  }

  #next(): number {
    const bit = this.#bit++;
    if (bit >= this.#end) throw new Jbig2Damage();
    return ((this.#bytes[Math.floor(bit / 8)] ?? 0) >> (7 - (bit % 8))) & 1;
  }
}

/** A Huffman table (ITU-T T.88, Annex B). */
export class HuffmanTable {
  /** Lines by the length of their prefixes, in the order of their codes. */
  readonly #byLength: readonly (readonly Line[])[];

  constructor(lines: readonly Line[]) {
    const byLength = Array.from({ length: MAX_PREFIX + 1 }, (): Line[] => []);
    for (const line of lines) if (line.prefix > 0) byLength[line.prefix]?.push(line);
    this.#byLength = byLength;
  }

  /**
   * The next value; undefined for OOB. Codes of one length follow each other (B.3).
   *
   * @throws Jbig2Damage when no line has such a code
   */
  read(bits: Bits): number | undefined {
    let code = 0;
    let first = 0;
    for (let length = 1; length <= MAX_PREFIX; length++) {
      const lines = this.#byLength[length] ?? [];
      code = 2 * code + bits.read(1);
      first = 2 * (first + (this.#byLength[length - 1]?.length ?? 0));
      const line = lines[code - first];
      if (line !== undefined) return valueOf(line, bits);
    }
    throw new Jbig2Damage();
  }
}

function valueOf({ range, low, kind }: Line, bits: Bits): number | undefined {
  if (kind === 'oob') return undefined;
  const rest = bits.read(range);
  return kind === 'low' ? low - rest : low + rest;
}

const tables: (HuffmanTable | undefined)[] = [];

/** Table B.`number`, 1 to 15. */
export function standardTable(number: number): HuffmanTable {
  return (tables[number] ??= new HuffmanTable(STANDARD[number - 1] ?? []));
}
