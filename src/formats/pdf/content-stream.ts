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

/** Whether the resources of a content stream have an entry (7.8.3). Escapes in `name` are decoded (7.3.5). */
export type Resources = (category: ResourceCategory, name: string) => boolean;

/** Units of work per byte: one byte is read in the time of inflating four. */
const UNITS_PER_BYTE = 4;
/** More operands than any operator takes: 32 components and the name of a pattern (8.6.8, Annex C). */
const MAX_OPERANDS = 33;
/** Zeros are white space (7.2.3), but a run of this length is damage: no writer makes one. */
const MAX_ZEROS = 16;
/** Deeper nesting of arrays and dictionaries is damage. */
const MAX_DEPTH = 500;

const BI = code('BI');
const BX = code('BX');
const EX = code('EX');
/** The keyword operands, and their minimum length. */
const MIN_CONSTANT = 4;
const CONSTANTS: ReadonlySet<string> = new Set(['true', 'false', 'null']);

/** Colour spaces that need no entry in the resources (8.6.3). */
const DEVICE_SPACES: ReadonlySet<string> = new Set(['DeviceGray', 'DeviceRGB', 'DeviceCMYK', 'Pattern']);

/**
 * Checks the content of a page, a form XObject, a tiling pattern or a glyph (7.8): its tokens are well-formed, its
 * operators are known (Annex A), in order and with valid operands, its inline images end, and the resources that it
 * names exist. Anomalies that readers accept without a warning are not damage, such as `q` without `Q`.
 *
 * @param parts the decoded streams, which form one stream in this order (7.8.2)
 * @param resources undefined when they are unknown; names are not checked then
 * @throws OutOfWork
 */
export function checkContentStream(parts: readonly Uint8Array[], work: Work, resources?: Resources): Content {
  work.spend(UNITS_PER_BYTE * parts.reduce((sum, { length }) => sum + length, 0));
  const at = new ContentStream(joined(parts), resources).damage();
  return at < 0 ? { kind: 'whole' } : { kind: 'damaged', at };
}

/** Tokens do not span two streams (7.8.2). */
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
  /** Kinds of the operands since the last operator. */
  readonly #operands = new Uint8Array(MAX_OPERANDS);
  #count = 0;
  /** Start and end of the last name operand. */
  #nameStart = 0;
  #nameEnd = 0;
  /** The number of open compatibility sections (7.8.2), which may contain unknown operators. */
  #compatibility = 0;

  constructor(bytes: Uint8Array, resources: Resources | undefined) {
    this.#bytes = bytes;
    this.#lexer = new ContentLexer(bytes);
    this.#resources = resources;
  }

  /** Offset of the first damage in the content, or -1. */
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

  /** Skips an array or a dictionary, and returns its kind, or MALFORMED. */
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

  /** Whether the operator that starts at this offset is allowed here. */
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
    // Colour operators take the name of a pattern, or only numbers.
    if (operands === undefined && this.#operands[this.#count - 1] !== NAME) return true;
    const name = unescaped(this.#text(this.#nameStart, this.#nameEnd));
    return (resource === 'ColorSpace' && DEVICE_SPACES.has(name)) || this.#resources(resource, name);
  }

  #text(start: number, end: number): string {
    const { buffer, byteOffset } = this.#bytes;
    return Buffer.from(buffer, byteOffset + start, end - start).toString('latin1');
  }
}

/** Whether a run of MAX_ZEROS zeros stands between two offsets. */
function hasZeros(bytes: Uint8Array, start: number, end: number): boolean {
  let zeros = 0;
  for (let at = start; at < end && zeros < MAX_ZEROS; at++) zeros = bytes[at] === 0 ? zeros + 1 : 0;
  return zeros === MAX_ZEROS;
}

/** A name with its escapes decoded (7.3.5). */
function unescaped(name: string): string {
  return name.replace(/#([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}
