import type { Content } from '../content.ts';
import type { Work } from '../work.ts';
import { checkCodestream } from './codestream.ts';

/** Types of the relevant boxes (ISO/IEC 15444-1, Annex I). */
const SIGNATURE = 0x6a502020; // 'jP  '
const CODESTREAM = 0x6a703263; // 'jp2c'
const SIGNATURE_CONTENT = 0x0d0a870a;
const BOX_HEADER = 8;
const LONG_BOX_HEADER = 16;

/** The first bytes of a codestream without boxes: SOC and SIZ. */
const START = 0xff4fff51;

/** Bytes allowed after the last box, such as a line ending. */
const MAX_TRAILING = 2;

/**
 * Checks a JPEG 2000 image in the form of JPXDecode (ISO 32000-1, 7.4.9): the boxes of a JP2 file or a
 * bare codestream, with complete markers and tile-parts, whose packets and code-blocks add up to their end. No picture is
 * computed. Extensions of the format, and packet headers that stand elsewhere (PPM, PPT), go unchecked.
 *
 * @throws OutOfWork
 */
export function checkJpx(bytes: Uint8Array, work: Work): Content {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < LONG_BOX_HEADER) return { kind: 'damaged', at: bytes.length };
  if (view.getUint32(0) === START) return checkCodestream(view, 0, bytes.length, work);
  if (view.getUint32(4) !== SIGNATURE || view.getUint32(8) !== SIGNATURE_CONTENT) {
    return { kind: 'damaged', at: 0 };
  }
  let found: Content | undefined;
  for (let at = 0; at + MAX_TRAILING < bytes.length;) {
    work.spend(BOX_HEADER);
    const box = readBox(view, at);
    if (box === undefined) return { kind: 'damaged', at };
    if (box.type === CODESTREAM) {
      const content = checkCodestream(view, box.start, box.end, work);
      if (content.kind === 'damaged') return content;
      if (found?.kind !== 'unchecked') found = content;
    }
    at = box.end;
  }
  return found ?? { kind: 'damaged', at: bytes.length };
}

interface Box {
  readonly type: number;
  readonly start: number;
  readonly end: number;
}

/** The box at this offset (I.4); undefined when it is cut short. */
function readBox(view: DataView, at: number): Box | undefined {
  const size = view.byteLength;
  if (at + BOX_HEADER > size) return undefined;
  const type = view.getUint32(at + 4);
  const length = view.getUint32(at);
  // A last box of length 0 extends to the end of the data.
  if (length === 0) return { type, start: at + BOX_HEADER, end: size };
  const isLong = length === 1;
  if (isLong && (at + LONG_BOX_HEADER > size || view.getUint32(at + 8) !== 0)) return undefined;
  const header = isLong ? LONG_BOX_HEADER : BOX_HEADER;
  const end = at + (isLong ? view.getUint32(at + 12) : length);
  return end < at + header || end > size ? undefined : { type, start: at + header, end };
}
