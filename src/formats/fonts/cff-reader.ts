/** The data end too early or break the syntax. */
export class Malformed extends Error {
  /** Offset in the font, in bytes. */
  readonly at: number;

  constructor(at: number) {
    super('malformed');
    this.at = at;
  }
}

/** An INDEX (Adobe Technical Note 5176, 5): a list of objects of any length. */
export interface Index {
  readonly count: number;
  /** Offset of the end of the INDEX. */
  readonly end: number;
  /** Offset of the start of an object, which is also the end of the object before it. */
  start(index: number): number;
}

/** The operands of each DICT operator (4). The keys of two-byte operators start at 0x0c00. */
export type Dict = ReadonlyMap<number, readonly number[]>;

const ESCAPE = 12;
/** The greatest operator. A greater byte starts an operand (Table 3). */
const LAST_OPERATOR = 21;
const REAL = 30;
const REAL_END = 0xf;

/** @throws Malformed */
export function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new Malformed(at);
  return byte;
}

/** @throws Malformed */
export function numberAt(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + byteAt(bytes, at + i);
  return value;
}

/**
 * Reads an INDEX. Its offsets must ascend and stay in the font.
 *
 * @throws Malformed
 */
export function readIndex(bytes: Uint8Array, at: number): Index {
  const count = numberAt(bytes, at, 2);
  if (count === 0) return { count, end: at + 2, start: () => at + 2 };
  const size = byteAt(bytes, at + 2);
  if (size < 1 || size > 4) throw new Malformed(at + 2);
  // Offsets are relative to the byte before the data.
  const base = at + 2 + size * (count + 1);
  const start = (index: number): number => base + numberAt(bytes, at + 3 + size * index, size);
  let last = base + 1;
  for (let index = 0; index <= count; index++) {
    const offset = start(index);
    if (offset < last || offset > bytes.length || (index === 0 && offset !== last)) throw new Malformed(at);
    last = offset;
  }
  return { count, end: last, start };
}

/** @throws Malformed */
export function readDict(bytes: Uint8Array, start: number, end: number): Dict {
  if (end > bytes.length || start > end) throw new Malformed(start);
  const dict = new Map<number, number[]>();
  let operands: number[] = [];
  for (let at = start; at < end;) {
    const byte = byteAt(bytes, at++);
    if (byte <= LAST_OPERATOR) {
      dict.set(byte === ESCAPE ? (ESCAPE << 8) | byteAt(bytes, at++) : byte, operands);
      operands = [];
    } else if (byte === REAL) {
      while ((byteAt(bytes, at) & 0xf) !== REAL_END && byteAt(bytes, at) >> 4 !== REAL_END) at++;
      at++;
      operands.push(NaN);
    } else if (byte === 28) {
      operands.push((numberAt(bytes, at, 2) << 16) >> 16);
      at += 2;
    } else if (byte === 29) {
      operands.push(numberAt(bytes, at, 4) | 0);
      at += 4;
    } else if (byte >= 32 && byte <= 246) {
      operands.push(byte - 139);
    } else if (byte >= 247 && byte <= 254) {
      const low = byteAt(bytes, at++);
      operands.push(byte <= 250 ? (byte - 247) * 256 + low + 108 : -(byte - 251) * 256 - low - 108);
    } else {
      throw new Malformed(at - 1);
    }
    if (at > end) throw new Malformed(at);
  }
  return dict;
}
