import type { Content } from '../content.ts';
import { isA, WHITE_SPACE } from '../pdf/characters.ts';
import type { Work } from '../work.ts';

/** Constants of eexec (Adobe Type 1 Font Format, 7.1). */
const KEY = 55665;
const C1 = 52845;
const C2 = 22719;

const EEXEC = Buffer.from('eexec');
const CLOSE_FILE = Buffer.from('closefile');
const HEX = /^[0-9a-f]{4}/i;
/** White space in bytes after `eexec`. More of it may be encrypted data. */
const MAX_SPACE = 3;

/** The first byte of the 6-byte header that a PFB file has before each segment. */
const PFB = 0x80;
const PFB_HEADER = 6;
const PFB_END = 3;

const UNITS_PER_BYTE = 2;

/**
 * Checks a Type 1 font: clear text up to `eexec`, then an encrypted portion that ends with `closefile`. In the
 * encryption every byte affects all later ones, so a readable end shows that no byte is damaged.
 *
 * @throws OutOfWork
 */
export function checkType1(bytes: Uint8Array, work: Work): Content {
  work.spend((1 + MAX_SPACE) * UNITS_PER_BYTE * bytes.length);
  const font =
    bytes[0] === PFB ? joinSegments(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const eexec = font?.indexOf(EEXEC) ?? -1;
  if (font === undefined || eexec < 0) return { kind: 'damaged', at: 0 };
  const zero = font.indexOf(0);
  if (zero >= 0 && zero < eexec) return { kind: 'damaged', at: zero };
  const start = eexec + EEXEC.length;
  for (let at = start; at <= start + MAX_SPACE; at++) {
    if (decrypt(encrypted(font, at)).includes(CLOSE_FILE)) return { kind: 'whole' };
    if (!isA(WHITE_SPACE, font, at)) break;
  }
  return { kind: 'damaged', at: start };
}

/** The encrypted portion from this offset, in binary or hexadecimal form (7.2). */
function encrypted(font: Buffer, at: number): Uint8Array {
  const isHex = HEX.test(font.toString('latin1', at, at + 4));
  return isHex ? Buffer.from(font.toString('latin1', at).replaceAll(/\s/g, ''), 'hex') : font.subarray(at);
}

function decrypt(data: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(data.length);
  let key = KEY;
  for (let at = 0; at < data.length; at++) {
    const byte = data[at] ?? 0;
    out[at] = byte ^ (key >> 8);
    key = ((byte + key) * C1 + C2) & 0xffff;
  }
  return out;
}

/** The segments of a PFB file without their headers; undefined when a segment is cut short. */
function joinSegments(bytes: Uint8Array): Buffer | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const segments: Buffer[] = [];
  for (let at = 0; at + PFB_HEADER <= view.length && view[at] === PFB && view[at + 1] !== PFB_END;) {
    const end = at + PFB_HEADER + view.readUInt32LE(at + 2);
    if (end > view.length) return undefined;
    segments.push(view.subarray(at + PFB_HEADER, end));
    at = end;
  }
  return Buffer.concat(segments);
}
