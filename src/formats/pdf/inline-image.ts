import { isA, WHITE_SPACE } from './characters.ts';
import {
  CLOSE_ARRAY,
  CLOSE_DICTIONARY,
  ContentLexer,
  END,
  KEYWORD,
  MALFORMED,
  OPEN_ARRAY,
  OPEN_DICTIONARY,
} from './content-lexer.ts';
import { code, codeAt, NAME, operatorOf } from './content-operators.ts';
import { imageBytes } from './image-size.ts';

const ID = code('ID');
/** Bytes allowed between the data and `EI` when the length of the data is known. */
const MAX_SPACE = 8;
/** Maximum of bytes, tokens and operators read after an `EI` to distinguish content from sample data. */
const WINDOW = 256;
const MAX_TOKENS = 40;
const OPERATORS = 3;
/** The characters that open a string. */
const OPENING: readonly number[] = [0x28, 0x3c];

/** The entries of an inline image that determine the length of its data, by their abbreviations (Table 91). */
interface InlineImage {
  width: number;
  height: number;
  bits: number;
  components: number;
  hasFilter: boolean;
}

/** Components of the colour spaces by name and abbreviation (Table 92). */
const COMPONENTS: ReadonlyMap<string, number> = new Map([
  ['G', 1],
  ['DeviceGray', 1],
  ['I', 1],
  ['Indexed', 1],
  ['RGB', 3],
  ['DeviceRGB', 3],
  ['CMYK', 4],
  ['DeviceCMYK', 4],
]);

/** The end of the inline image whose `BI` ends at `at` (8.9.7), after its `EI`; -1 when it does not end. */
export function inlineImageEnd(bytes: Uint8Array, at: number): number {
  const lexer = new ContentLexer(bytes, at);
  const image = readEntries(lexer);
  if (image === undefined) return -1;
  // One white-space character separates ID and the data.
  const start = lexer.pos + 1;
  const length = image.hasFilter ? undefined : imageBytes(image);
  return length === undefined
    ? findEnd(bytes, start, bytes.length)
    : findEnd(bytes, start + length, start + length + MAX_SPACE);
}

/** Reads the entries up to `ID`; undefined when they break the syntax. */
function readEntries(lexer: ContentLexer): InlineImage | undefined {
  const image: InlineImage = { width: 0, height: 0, bits: 1, components: 0, hasFilter: false };
  for (;;) {
    const token = lexer.next();
    if (token === KEYWORD && codeAt(lexer.bytes, lexer.start, lexer.pos) === ID) return image;
    if (token !== NAME) return undefined;
    const key = text(lexer);
    const value = readValue(lexer);
    if (value === undefined) return undefined;
    readEntry(image, key, value);
  }
}

function text({ bytes, start, pos }: ContentLexer): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, pos - start).toString('latin1');
}

function readEntry(image: InlineImage, key: string, value: string): void {
  switch (key) {
    case '/W':
    case '/Width':
      image.width = Number(value);
      break;
    case '/H':
    case '/Height':
      image.height = Number(value);
      break;
    case '/BPC':
    case '/BitsPerComponent':
      image.bits = Number(value);
      break;
    case '/IM':
    case '/ImageMask':
      if (value === 'true') image.components = 1;
      break;
    case '/CS':
    case '/ColorSpace':
      image.components = COMPONENTS.get(value.slice(1)) ?? 0;
      break;
    case '/F':
    case '/Filter':
      image.hasFilter = true;
  }
}

/** Skips a value and returns its text, or that of the first array element; undefined when it is malformed. */
function readValue(lexer: ContentLexer): string | undefined {
  let depth = 0;
  let value = '';
  do {
    const token = lexer.next();
    if (token === MALFORMED || token === END) return undefined;
    if (token === OPEN_ARRAY || token === OPEN_DICTIONARY) depth++;
    else if (token === CLOSE_ARRAY || token === CLOSE_DICTIONARY) depth--;
    else if (value === '') value = text(lexer);
  } while (depth > 0);
  return depth === 0 ? value : undefined;
}

/** The end of the first `EI` between two offsets that is followed by content or ends the content; -1 without one. */
function findEnd(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    if (bytes[at] !== 0x45 || bytes[at + 1] !== 0x49) continue;
    const isEnded = at + 2 === bytes.length || isA(WHITE_SPACE, bytes, at + 2);
    if (isEnded && isFollowed(bytes.subarray(at + 2, at + 2 + WINDOW))) return at + 2;
  }
  return -1;
}

/** Whether the bytes after an `EI` look like content. Sample data may contain these two letters too. */
function isFollowed(bytes: Uint8Array): boolean {
  const lexer = new ContentLexer(bytes);
  let operators = 0;
  for (let tokens = 0; tokens < MAX_TOKENS && operators < OPERATORS; tokens++) {
    const token = lexer.next();
    if (token === END || lexer.pos === WINDOW) return true;
    // A string may continue beyond the window.
    if (token === MALFORMED) return bytes.length === WINDOW && OPENING.includes(bytes[lexer.start] ?? 0);
    if (token !== KEYWORD) continue;
    if (operatorOf(codeAt(bytes, lexer.start, lexer.pos)) === undefined) return false;
    operators++;
  }
  return operators === OPERATORS;
}
