import type { Unchecked } from './content.ts';
import type { Format, Verdict, VerifyOptions } from './format.ts';
import { keyword, keywordAt, startsWith } from './pdf/characters.ts';
import { Damage } from './pdf/damage.ts';
import type { PdfReason } from './pdf/damage.ts';
import { checkDocument } from './pdf/document.ts';
import { Inflater } from './pdf/inflater.ts';
import { skipBlanks } from './pdf/lexer.ts';
import { Scanner } from './pdf/scanner.ts';
import { findStartxref } from './pdf/startxref.ts';
import type { Startxref } from './pdf/startxref.ts';
import { CrossReference } from './pdf/xref.ts';
import { OutOfWork, Work } from './work.ts';

export type { PdfReason } from './pdf/damage.ts';

const HEADER = keyword('%PDF-');
const TRAILER = keyword('trailer');
/** Bytes at the start in which readers search for the header (ISO 32000-1, H.3, note 13). */
const HEADER_WINDOW = 1024;

/** Bytes allowed between the last cross-reference section and `startxref`, besides white space and comments. */
const MAX_GARBAGE = 16;

export const pdf: Format = {
  name: 'pdf',
  mediaType: 'application/pdf',
  extension: 'pdf',
  recognises: (bytes) => findHeader(bytes) >= 0,
  verify(bytes, options): Verdict<PdfReason> {
    const inflater = new Inflater(new Work(options.units));
    try {
      verify(bytes, options, inflater);
    } catch (error) {
      if (error instanceof Damage) {
        const { reason, offset } = error;
        return offset === undefined ? { intact: false, reason } : { intact: false, reason, offset };
      }
      if (!(error instanceof OutOfWork)) throw error;
      inflater.unchecked.add('budget');
    }
    return verdictOf(inflater.unchecked);
  },
};

function verdictOf(unchecked: ReadonlySet<Unchecked>): Verdict<PdfReason> {
  const [first, ...others] = [...unchecked].sort((a, b) => Number(b === 'budget') - Number(a === 'budget'));
  if (first === undefined) return { intact: true, complete: true };
  return { intact: true, complete: false, unchecked: [first, ...others] };
}

function verify(bytes: Uint8Array, options: VerifyOptions, inflater: Inflater): void {
  const header = findHeader(bytes);
  if (header < 0) throw new Damage('header-missing');
  const startxref = findStartxref(bytes);
  const xref = readCrossReference(bytes, header, startxref, inflater);
  // An incomplete cross-reference cannot show that an object is missing.
  if (inflater.unchecked.size > 0) return;
  const garbage = afterTrailer(bytes, skipBlanks(bytes, xref.end));
  if (startxref.at - garbage > MAX_GARBAGE) throw new Damage('trailing-data', garbage);
  if (xref.locate(xref.root) === 0) throw new Damage('catalog-missing');
  if (options.level !== 'structure') checkDocument(xref, inflater);
}

/** The end of a trailer at this offset and of blanks after it. Some writers add one to a cross-reference stream. */
function afterTrailer(bytes: Uint8Array, at: number): number {
  if (!keywordAt(TRAILER, bytes, at)) return at;
  const scanner = new Scanner(bytes);
  scanner.scan(at + TRAILER.length);
  return skipBlanks(bytes, scanner.end);
}

/** Offsets are relative to the header (7.5.2). Some writers count from the start of the file instead. */
function readCrossReference(
  bytes: Uint8Array,
  header: number,
  startxref: Startxref,
  inflater: Inflater,
): CrossReference {
  if (header > 0) {
    try {
      return new CrossReference(bytes, header, startxref, inflater);
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
    }
  }
  return new CrossReference(bytes, 0, startxref, inflater);
}

function findHeader(bytes: Uint8Array): number {
  const end = Math.min(bytes.length, HEADER_WINDOW);
  for (let at = 0; at < end; at++) if (startsWith(HEADER, bytes, at)) return at;
  return -1;
}
