import { seededRandom } from './random.ts';

const SMALLEST_JPEG = 1_024;
const BLOCK = 8;
/** The approximate size of a block of 63 coefficients with 6 bits each. */
const BYTES_PER_BLOCK = 48;
const MAX_COMMENT = 65_533;
const COMMENT_OVERHEAD = 4;

/**
 * Two AC codes: 00 ends a block, 01 precedes a coefficient of 4 bits. DC differences have 2 bits, and 0 is no
 * difference.
 */
const TABLES = Buffer.concat([
  segment(0xdb, [0, ...new Array<number>(64).fill(2)]),
  segment(0xc4, [0x00, 0, 2, ...new Array<number>(14).fill(0), 0, 1]),
  segment(0xc4, [0x10, 0, 2, ...new Array<number>(14).fill(0), 0x00, 0x04]),
]);

/**
 * A baseline JPEG of grey noise, about square, with a restart marker after each row of blocks. Comments pad it to its
 * length. Throws a RangeError below 1,024 bytes.
 */
export function makeJpeg({ bytes = 48_000, seed = 1 }: { bytes?: number; seed?: number } = {}): Buffer {
  if (bytes < SMALLEST_JPEG)
    throw new RangeError(`a JPEG of ${bytes} bytes is too small, ${SMALLEST_JPEG} will do`);
  const random = seededRandom(seed);
  const columns = Math.ceil(Math.sqrt(bytes / BYTES_PER_BLOCK / 2));
  const dri = segment(0xdd, [columns >>> 8, columns & 255]);
  const sos = segment(0xda, [1, 1, 0, 0, 63, 0]);
  const overhead = 2 + TABLES.length + frame(columns, 1).length + dri.length + sos.length + 2;

  const rows: Buffer[] = [];
  let left = bytes - overhead;
  for (;;) {
    const row = rowOfBlocks(columns, random);
    const marker = rows.length === 0 ? [] : [0xff, 0xd0 + ((rows.length - 1) & 7)];
    const isRoom = left - row.length - marker.length >= COMMENT_OVERHEAD;
    if (!isRoom && rows.length > 0) break;
    rows.push(Buffer.concat([Buffer.from(marker), row]));
    left -= row.length + marker.length;
  }
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    TABLES,
    frame(columns, rows.length),
    dri,
    ...comments(left),
    sos,
    ...rows,
    Buffer.from([0xff, 0xd9]),
  ]);
}

function segment(code: number, data: readonly number[]): Buffer {
  return Buffer.from([0xff, code, (data.length + 2) >>> 8, (data.length + 2) & 255, ...data]);
}

function frame(columns: number, rows: number): Buffer {
  const [width, height] = [BLOCK * columns, BLOCK * rows];
  return segment(0xc0, [8, height >>> 8, height & 255, width >>> 8, width & 255, 1, 1, 0x11, 0]);
}

/** Comment segments with this total length in bytes. */
function comments(bytes: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let left = bytes; left > 0;) {
    // If the rest would be too short for another comment, this one is shorter.
    const most = Math.min(left, MAX_COMMENT + COMMENT_OVERHEAD);
    const length = left - most > 0 && left - most < COMMENT_OVERHEAD ? most - COMMENT_OVERHEAD : most;
    parts.push(Buffer.from([0xff, 0xfe, (length - 2) >>> 8, (length - 2) & 255]));
    parts.push(Buffer.alloc(length - COMMENT_OVERHEAD, '.'));
    left -= length;
  }
  return parts;
}

function rowOfBlocks(columns: number, random: () => number): Buffer {
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  const put = (value: number, size: number): void => {
    held = (held << size) | value;
    bits += size;
    for (; bits >= 8; bits -= 8) {
      const byte = (held >>> (bits - 8)) & 255;
      bytes.push(byte);
      if (byte === 255) bytes.push(0);
    }
    held &= (1 << bits) - 1;
  };
  for (let block = 0; block < columns; block++) {
    put(0, 2);
    for (let k = 1; k < 64; k++) put(0b01_0000 | Math.floor(16 * random()), 6);
  }
  if (bits > 0) put((1 << (8 - bits)) - 1, 8 - bits);
  return Buffer.from(bytes);
}
