/** A TrueType or OpenType font with these tables. All checksums are right, except those of the named tables. */
export function sfnt(
  version: number,
  tables: Record<string, Buffer>,
  unsummed: readonly string[] = [],
): Buffer {
  const entries = Object.entries(tables);
  const header = Buffer.alloc(12 + 16 * entries.length);
  header.writeUInt32BE(version);
  header.writeUInt16BE(entries.length, 4);
  const bodies: Buffer[] = [];
  let offset = header.length;
  for (const [index, [name, table]] of entries.entries()) {
    const padded = Buffer.concat([table, Buffer.alloc(-table.length & 3)]);
    let sum = unsummed.includes(name) ? 1 : 0;
    for (let at = 0; at < padded.length; at += 4) sum = (sum + padded.readUInt32BE(at)) >>> 0;
    const entry = 12 + 16 * index;
    header.write(name, entry, 'latin1');
    header.writeUInt32BE(sum, entry + 4);
    header.writeUInt32BE(offset, entry + 8);
    header.writeUInt32BE(table.length, entry + 12);
    bodies.push(padded);
    offset += padded.length;
  }
  return Buffer.concat([header, ...bodies]);
}

/** A glyph with one contour of three points, and a composite glyph that moves it. */
export const TRIANGLE = Buffer.from('0001000000000064006400020000373737010203040506', 'hex');
export const MOVED = Buffer.from('ffff0000000000640064000200011020', 'hex');

/** The tables of a TrueType font with these glyphs. */
export function trueType(glyphs: readonly Buffer[]): Record<string, Buffer> {
  const head = Buffer.alloc(54, 1);
  head.writeUInt16BE(1, 50);
  const maxp = Buffer.alloc(32, 2);
  maxp.writeUInt16BE(glyphs.length, 4);
  const loca = Buffer.alloc(4 * (glyphs.length + 1));
  let length = 0;
  for (const [index, glyph] of glyphs.entries()) loca.writeUInt32BE((length += glyph.length), 4 * index + 4);
  return {
    glyf: Buffer.concat(glyphs),
    head,
    hhea: Buffer.alloc(36, 3),
    hmtx: Buffer.alloc(8, 4),
    loca,
    maxp,
  };
}

/** An INDEX of a CFF font. */
export function index(objects: readonly Buffer[]): Buffer {
  if (objects.length === 0) return Buffer.alloc(2);
  const offsets: number[] = [1];
  for (const object of objects) offsets.push((offsets.at(-1) ?? 0) + object.length);
  const count = Buffer.alloc(3, 2);
  count.writeUInt16BE(objects.length);
  return Buffer.concat([count, ...offsets.map((offset) => uint16(offset)), ...objects]);
}

/** A DICT operator with its operands, five bytes each. */
export function entry(operator: number, ...operands: number[]): Buffer {
  const numbers = operands.map((operand) => {
    const number = Buffer.alloc(5, 29);
    number.writeInt32BE(operand, 1);
    return number;
  });
  return Buffer.concat([
    ...numbers,
    Buffer.from(operator > 0xff ? [operator >> 8, operator & 0xff] : [operator]),
  ]);
}

export interface CffParts {
  readonly glyphs: readonly Buffer[];
  readonly locals?: readonly Buffer[];
  readonly globals?: readonly Buffer[];
  /** FDSelect of a CID-keyed font with a single font DICT. */
  readonly select?: Buffer;
  readonly charset?: Buffer;
}

/** A CFF font with these charstrings. */
export function cff({ glyphs, locals = [], globals = [], select, charset = Buffer.of(0) }: CffParts): Buffer {
  const subrs = index(locals);
  const privateDict = entry(19, 6);
  const charStrings = index(glyphs);
  const layOut = (at: number): { top: Buffer; tail: Buffer } => {
    const privateAt = at + charset.length + charStrings.length;
    const fontDict = entry(18, privateDict.length, privateAt);
    const array = index([fontDict]);
    const arrayAt = privateAt + privateDict.length + subrs.length;
    const tail = Buffer.concat([charset, charStrings, privateDict, subrs, array, select ?? Buffer.alloc(0)]);
    const shared = [...(charset.length > 1 ? [entry(15, at)] : []), entry(17, at + charset.length)];
    const own = select ? [entry(0x0c24, arrayAt), entry(0x0c25, arrayAt + array.length)] : [fontDict];
    return { top: Buffer.concat([...shared, ...own]), tail };
  };
  const front = (top: Buffer): Buffer =>
    Buffer.concat([
      Buffer.of(1, 0, 4, 2),
      index([Buffer.from('Name')]),
      index([top]),
      index([]),
      index(globals),
    ]);
  const { length } = front(layOut(0).top);
  const { top, tail } = layOut(length);
  return Buffer.concat([front(top), tail]);
}

/** A Type 1 font with this text encrypted. */
export function type1(text: string, start = '%!PS-AdobeFont-1.0: A\ncurrentfile eexec\n'): Buffer {
  let key = 55665;
  const encrypted = Buffer.from(`abcd${text}`, 'latin1').map((byte) => {
    const cipher = byte ^ (key >> 8);
    key = ((cipher + key) * 52845 + 22719) & 0xffff;
    return cipher;
  });
  return Buffer.concat([Buffer.from(start), encrypted]);
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}
