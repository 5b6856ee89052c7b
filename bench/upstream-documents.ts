import { crc32 } from 'node:zlib';
import { damage, makePdf, makePng } from '../test/upstream/documents.ts';

/** The body of an answer, in pieces that are written together. */
export interface Body {
  readonly mediaType: 'application/pdf' | 'image/png';
  readonly bytes: number;
  readonly pieces: readonly Uint8Array[];
}

export type NextBody = () => Body;

/**
 * `same` repeats the document with seed 1. `different` documents never repeat: their contents rotate through up to
 * MAX_SEEDS seeds, so that two in a row have no stream in common, and each contains another number.
 */
export type Variety = 'same' | 'different';

const MAX_SEEDS = 256;
/** The maximum size of all different documents together. */
const MAX_TEMPLATE_BYTES = 24_000_000;
/** Hexadecimal digits of the number that makes a document unique. */
const NUMBER_LENGTH = 16;

export function pdfs(bytes: number, variety: Variety): NextBody {
  const one = makePdf({ bytes, seed: 1 });
  return variety === 'same' ? always(one, 'application/pdf') : rotate(bytes, numberedPdf);
}

export function pngs(bytes: number, variety: Variety): NextBody {
  const one = makePng({ bytes, seed: 1 });
  return variety === 'same' ? always(one, 'image/png') : rotate(bytes, numberedPng);
}

/** The damaged document of the real upstream: 9 KB longer, with the same type. */
export function damagedPdfs(bytes: number): NextBody {
  return always(damage(makePdf({ bytes, seed: 1 })), 'application/pdf');
}

function always(document: Uint8Array, mediaType: Body['mediaType']): NextBody {
  const body = { mediaType, bytes: document.length, pieces: [document] };
  return () => body;
}

type Numbered = (number: Buffer) => Body;

function rotate(bytes: number, numbered: (bytes: number, seed: number) => Numbered): NextBody {
  const count = Math.max(2, Math.min(MAX_SEEDS, Math.floor(MAX_TEMPLATE_BYTES / bytes)));
  const documents = Array.from({ length: count }, (_, index) => numbered(bytes, index + 2));
  let served = 0;
  return () => {
    served += 1;
    const document = documents[served % count];
    if (document === undefined) throw new Error('there is no document');
    return document(Buffer.from(served.toString(16).padStart(NUMBER_LENGTH, '0'), 'latin1'));
  };
}

/** The number is in the comment before the cross-reference table, which neither readers nor checksums use. */
function numberedPdf(bytes: number, seed: number): Numbered {
  const pdf = makePdf({ bytes, seed });
  const at = pdf.lastIndexOf('\n%.', pdf.lastIndexOf('xref\n0 ')) + 2;
  if (!/^\.+$/.test(pdf.toString('latin1', at, at + NUMBER_LENGTH))) throw new Error('no comment to number');
  const before = pdf.subarray(0, at);
  const after = pdf.subarray(at + NUMBER_LENGTH);
  return (number) => ({ mediaType: 'application/pdf', bytes, pieces: [before, number, after] });
}

/** After the signature, the IHDR and the length of the comment; the text is after its type and keyword. */
const PNG_COMMENT_TYPE_AT = 37;
const PNG_COMMENT_TEXT_AT = 49;

/** The number is at the end of the comment, followed by the CRC. */
function numberedPng(bytes: number, seed: number): Numbered {
  const png = makePng({ bytes, seed });
  const end = PNG_COMMENT_TYPE_AT + 4 + png.readUInt32BE(PNG_COMMENT_TYPE_AT - 4);
  const at = end - NUMBER_LENGTH;
  // The comment is too short for the number. Another seed gives another length.
  if (at < PNG_COMMENT_TEXT_AT) return numberedPng(bytes, seed + MAX_SEEDS);
  const before = png.subarray(0, at);
  const after = png.subarray(end + 4);
  const crc = crc32(png.subarray(PNG_COMMENT_TYPE_AT, at));
  return (number) => {
    const numberAndCrc = Buffer.alloc(NUMBER_LENGTH + 4);
    numberAndCrc.set(number);
    numberAndCrc.writeUInt32BE(crc32(number, crc), NUMBER_LENGTH);
    return { mediaType: 'image/png', bytes, pieces: [before, numberAndCrc, after] };
  };
}
