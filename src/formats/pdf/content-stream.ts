import type { Content } from '../content.ts';
import type { Work } from '../work.ts';
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
import {
  ARRAY,
  code,
  codeAt,
  NAME,
  NUMBER,
  NUMBERS,
  operatorOf,
  OTHER,
  STRING,
  TEXT,
} from './content-operators.ts';
import type { Operator, ResourceCategory } from './content-operators.ts';
import { OperatorOrder } from './content-order.ts';
import { inlineImageEnd } from './inline-image.ts';

/** Whether the resources of a content stream hold an entry (7.8.3); the name is given without escapes (7.3.5). */
export type Resources = (category: ResourceCategory, name: string) => boolean;

/** Units of work for a byte: splitting it into tokens takes about as long as inflating so many. */
const UNITS_PER_BYTE = 4;
/** More operands than any operator takes: 32 components and the name of a pattern (8.6.8, Annex C). */
const MAX_OPERANDS = 33;
/** Zeros are white space (7.2.3), but no writer puts so many between tokens: content was there. */
const MAX_ZEROS = 16;
/** Deeper nesting of arrays and dictionaries is taken for damage. */
const MAX_DEPTH = 500;

const BI = code('BI');
const BX = code('BX');
const EX = code('EX');
/** The keywords that are operands, and how long they are at least. */
const MIN_CONSTANT = 4;
const CONSTANTS: ReadonlySet<string> = new Set(['true', 'false', 'null']);

/** Colour spaces that need no entry in the resources (8.6.3). */
const DEVICE_SPACES: ReadonlySet<string> = new Set(['DeviceGray', 'DeviceRGB', 'DeviceCMYK', 'Pattern']);

/**
 * Checks the content of a page, a form XObject, a tiling pattern or a glyph (7.8): that its tokens can be read, its
 * operators are known (Annex A), have the operands that they take and are in order, inline images end, and the resources that it
 * names are there. What readers take without a warning is whole, such as `q` without `Q`.
 *
 * @param parts the decoded streams in order, which are one stream together (7.8.2)
 * @param resources undefined when they are not known: names go unchecked then
 * @throws OutOfWork
 */
export function checkContentStream(parts: readonly Uint8Array[], work: Work, resources?: Resources): Content {
  work.spend(UNITS_PER_BYTE * parts.reduce((sum, { length }) => sum + length, 0));
  const at = new ContentStream(joined(parts), resources).damage();
  return at < 0 ? { kind: 'whole' } : { kind: 'damaged', at };
}

/** A token does not go on in the next stream (7.8.2). */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const newline = Uint8Array.of(0x0a);
  return Buffer.concat(parts.flatMap((part) => [part, newline]));
}

class ContentStream {
  readonly #bytes: Uint8Array;
  readonly #lexer: ContentLexer;
  readonly #resources: Resources | undefined;
  readonly #order = new OperatorOrder();
  /** The kinds of the operands since the last operator. */
  readonly #operands = new Uint8Array(MAX_OPERANDS);
  #count = 0;
  /** Where the last name among them starts and ends. */
  #nameStart = 0;
  #nameEnd = 0;
  /** Compatibility sections that are open (7.8.2): operators may be unknown in them. */
  #compatibility = 0;

  constructor(bytes: Uint8Array, resources: Resources | undefined) {
    this.#bytes = bytes;
    this.#lexer = new ContentLexer(bytes);
    this.#resources = resources;
  }

  /** Where the content is damaged, or -1. */
  damage(): number {
    const lexer = this.#lexer;
    for (;;) {
      const { pos } = lexer;
      const token = lexer.next();
      const { start } = lexer;
      let kind = token;
      if (start - pos >= MAX_ZEROS && hasZeros(this.#bytes, pos, start)) return pos;
      if (token === END) return this.#order.mayEnd ? -1 : start;
      if (token === KEYWORD) {
        if (lexer.pos - start < MIN_CONSTANT || !CONSTANTS.has(this.#text(start, lexer.pos))) {
          if (!this.#operator(start)) return start;
          continue;
        }
        kind = OTHER;
      } else if (token === NAME) {
        this.#nameStart = start + 1;
        this.#nameEnd = lexer.pos;
      } else if (token === OPEN_ARRAY || token === OPEN_DICTIONARY) {
        kind = this.#composite(token);
      }
      if (kind < 0 || this.#count === MAX_OPERANDS) return start;
      this.#operands[this.#count++] = kind;
    }
  }

  /** Passes over an array or a dictionary, and gives its kind, or MALFORMED. */
  #composite(opening: number): number {
    const lexer = this.#lexer;
    const open = [opening];
    let kind = opening === OPEN_ARRAY ? NUMBERS : opening;
    while (open.length > 0) {
      const token = lexer.next();
      if (token === END || token === MALFORMED || open.length > MAX_DEPTH) return MALFORMED;
      if (token === OPEN_ARRAY || token === OPEN_DICTIONARY) open.push(token);
      else if (token === CLOSE_ARRAY || token === CLOSE_DICTIONARY) {
        if (open.pop() !== -token) return MALFORMED;
        continue;
      }
      if (opening !== OPEN_ARRAY || token === NUMBER) continue;
      kind = token === STRING && kind !== ARRAY ? TEXT : ARRAY;
    }
    return kind;
  }

  /** Whether the operator that starts here may stand here. */
  #operator(start: number): boolean {
    const operatorCode = codeAt(this.#bytes, start, this.#lexer.pos);
    const operator = operatorOf(operatorCode);
    if (operatorCode === BX) this.#compatibility++;
    if (operatorCode === EX) this.#compatibility--;
    const isKnown = operator !== undefined && this.#takesOperands(operator) && this.#hasResource(operator);
    const isInOrder = this.#order.takes(operatorCode);
    this.#count = 0;
    if (!isKnown) return this.#compatibility > 0;
    if (operatorCode !== BI) return isInOrder;
    const end = inlineImageEnd(this.#bytes, this.#lexer.pos);
    this.#lexer.pos = end;
    return end >= 0;
  }

  #takesOperands({ operands }: Operator): boolean {
    if (operands === undefined) return true;
    if (operands.length !== this.#count) return false;
    return operands.every((mask, index) => ((this.#operands[index] ?? 0) & mask) !== 0);
  }

  #hasResource({ resource, operands }: Operator): boolean {
    if (resource === undefined || this.#resources === undefined) return true;
    // Operators for colours take the name of a pattern, or numbers alone.
    if (operands === undefined && this.#operands[this.#count - 1] !== NAME) return true;
    const name = unescaped(this.#text(this.#nameStart, this.#nameEnd));
    return (resource === 'ColorSpace' && DEVICE_SPACES.has(name)) || this.#resources(resource, name);
  }

  #text(start: number, end: number): string {
    const { buffer, byteOffset } = this.#bytes;
    return Buffer.from(buffer, byteOffset + start, end - start).toString('latin1');
  }
}

/** Whether a run of zeros stands between two offsets. */
function hasZeros(bytes: Uint8Array, start: number, end: number): boolean {
  let zeros = 0;
  for (let at = start; at < end && zeros < MAX_ZEROS; at++) zeros = bytes[at] === 0 ? zeros + 1 : 0;
  return zeros === MAX_ZEROS;
}

/** A name without its escapes (7.3.5). */
function unescaped(name: string): string {
  return name.replace(/#([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}
