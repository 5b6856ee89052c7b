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
/** Bytes that may stand between the data and `EI` when it is known how long the data are. */
const MAX_SPACE = 8;
/** What is read of the content that follows an `EI`, to know it from sample data: bytes, tokens and operators at most. */
const WINDOW = 256;
const MAX_TOKENS = 40;
const OPERATORS = 3;
/** The characters that open a string. */
const OPENING: readonly number[] = [0x28, 0x3c];

/** The entries of an inline image by their abbreviations (Table 91), as far as they tell how long its data are. */
interface InlineImage {
  width: number;
  height: number;
  bits: number;
  components: number;
  hasFilter: boolean;
}

/** Components of the colour spaces by their names and abbreviations (Table 92). */
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

/**
 * Where an inline image ends whose `BI` ends here (8.9.7): behind its `EI`, or -1 when it does not end.
 */
export function inlineImageEnd(bytes: Uint8Array, at: number): number {
  const lexer = new ContentLexer(bytes, at);
  const image = readEntries(lexer);
  if (image === undefined) return -1;
  // One character of white space stands between ID and the data.
  const start = lexer.pos + 1;
  const length = image.hasFilter ? undefined : imageBytes(image);
  return length === undefined
    ? findEnd(bytes, start, bytes.length)
    : findEnd(bytes, start + length, start + length + MAX_SPACE);
}

/** Reads the entries until `ID`; undefined when they break the syntax. */
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

/** Passes over a value, and gives its text, or that of the first element of an array; undefined when it is malformed. */
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

/** The end of the first `EI` between two offsets that content follows, or that ends the content; -1 without one. */
function findEnd(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    if (bytes[at] !== 0x45 || bytes[at + 1] !== 0x49) continue;
    const isEnded = at + 2 === bytes.length || isA(WHITE_SPACE, bytes, at + 2);
    if (isEnded && isFollowed(bytes.subarray(at + 2, at + 2 + WINDOW))) return at + 2;
  }
  return -1;
}

/** Whether what follows an `EI` looks like content: the data may hold these two letters as well. */
function isFollowed(bytes: Uint8Array): boolean {
  const lexer = new ContentLexer(bytes);
  let operators = 0;
  for (let tokens = 0; tokens < MAX_TOKENS && operators < OPERATORS; tokens++) {
    const token = lexer.next();
    if (token === END || lexer.pos === WINDOW) return true;
    // A string may be longer than the window.
    if (token === MALFORMED) return bytes.length === WINDOW && OPENING.includes(bytes[lexer.start] ?? 0);
    if (token !== KEYWORD) continue;
    if (operatorOf(codeAt(bytes, lexer.start, lexer.pos)) === undefined) return false;
    operators++;
  }
  return operators === OPERATORS;
}
