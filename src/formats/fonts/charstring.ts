import type { Work } from '../work.ts';
import { numberAt } from './cff-reader.ts';
import type { Index } from './cff-reader.ts';

/** Limits of the interpreter (Adobe Technical Note 5177, Appendix B). */
const MAX_STACK = 48;
const MAX_CALLS = 10;
/** Units of work per byte, and the cost of a call in bytes. */
const UNITS_PER_BYTE = 8;
const CALL = 8;

/** Kinds of one-byte operators. */
const DRAW = 1;
const STEM = 2;
const MASK = 3;
const CALL_LOCAL = 4;
const CALL_GLOBAL = 5;
const RETURN = 6;
const END = 7;
const ESCAPE = 8;
const KINDS = new Uint8Array(32);
for (const [kind, operators] of [
  [DRAW, [4, 5, 6, 7, 8, 21, 22, 24, 25, 26, 27, 30, 31]],
  [STEM, [1, 3, 18, 23]],
  [MASK, [19, 20]],
  [CALL_LOCAL, [10]],
  [CALL_GLOBAL, [29]],
  [RETURN, [11]],
  [END, [14]],
  [ESCAPE, [12]],
] as const) {
  for (const operator of operators) KINDS[operator] = kind;
}

/**
 * How many operands a drawing operator takes (4.1): at least `least`, and a number whose remainder modulo `period` is
 * in `remainders`.
 */
interface Counts {
  readonly least: number;
  readonly period: number;
  readonly remainders: readonly number[];
}
const COUNTS = new Map<number, Counts>();
for (const [least, period, remainders, operators] of [
  // The glyph width may precede the operands of the first operator.
  [1, 1, [0], [4, 6, 7, 22]],
  [2, 1, [0], [21]],
  [2, 2, [0], [5]],
  [4, 4, [0, 1], [26, 27, 30, 31]],
  [6, 6, [0], [8]],
  [8, 6, [2], [24]],
  [8, 2, [0], [25]],
] as const) {
  for (const operator of operators) COUNTS.set(operator, { least, period, remainders });
}

/** How many operands a two-byte operator takes and leaves, or that it clears the stack (4.2, 4.4, 4.5). */
interface Effect {
  readonly takes: number;
  readonly leaves: number;
  readonly clears: boolean;
}
const ESCAPED = new Map<number, Effect>();
for (const [takes, leaves, operators] of [
  [0, 1, [23]],
  [1, 0, [18]],
  [1, 1, [5, 9, 14, 21, 26, 29]],
  [1, 2, [27]],
  [2, 0, [20, 30]],
  [2, 1, [3, 4, 10, 11, 12, 15, 24]],
  [2, 2, [28]],
  [4, 1, [22]],
] as const) {
  for (const operator of operators) ESCAPED.set(operator, { takes, leaves, clears: false });
}
/** The flex operators, and the obsolete dotsection. */
for (const [operator, takes] of [
  [0, 0],
  [34, 7],
  [35, 13],
  [36, 9],
  [37, 11],
] as const) {
  ESCAPED.set(operator, { takes, leaves: 0, clears: true });
}

/**
 * Executes a Type 2 charstring without drawing. Every operator must be known and have its operands, every subroutine
 * must exist, and nothing may be cut short.
 *
 * @throws OutOfWork
 */
export function checkCharstring(
  bytes: Uint8Array,
  start: number,
  end: number,
  locals: Index,
  globals: Index,
  work: Work,
): boolean {
  /** The operands; a computed operand is NaN. */
  const stack: number[] = [];
  const returns: [at: number, end: number][] = [];
  let stems = 0;
  let at = start;
  work.spend(UNITS_PER_BYTE * (end - start + CALL));
  for (;;) {
    if (at >= end) {
      // Some writers omit the final operators.
      const back = returns.pop();
      if (at > end || back === undefined) return at === end;
      [at, end] = back;
      continue;
    }
    const operator = bytes[at++] ?? 0;
    if (operator === 28 || operator >= 32) {
      if (stack.length === MAX_STACK) return false;
      const length = operandLength(operator);
      if (at + length > end) return false;
      stack.push(operandOf(bytes, operator, at));
      at += length;
      continue;
    }
    switch (KINDS[operator]) {
      case DRAW:
        if (!mayDraw(operator, stack.length)) return false;
        stack.length = 0;
        break;
      case STEM:
      case MASK:
        stems += stack.length >> 1;
        stack.length = 0;
        if (KINDS[operator] === MASK) at += (stems + 7) >> 3;
        break;
      case CALL_LOCAL:
      case CALL_GLOBAL: {
        const subrs = KINDS[operator] === CALL_LOCAL ? locals : globals;
        const number = (stack.pop() ?? -Infinity) + bias(subrs.count);
        // The interpreter does not know computed values.
        if (Number.isNaN(number)) return true;
        if (!(number >= 0 && number < subrs.count) || returns.length === MAX_CALLS) return false;
        returns.push([at, end]);
        at = subrs.start(number);
        end = subrs.start(number + 1);
        work.spend(UNITS_PER_BYTE * (end - at + CALL));
        break;
      }
      case RETURN: {
        const back = returns.pop();
        if (back === undefined) return false;
        [at, end] = back;
        break;
      }
      case END:
        return true;
      case ESCAPE: {
        const effect = ESCAPED.get(bytes[at++] ?? 0);
        if (effect === undefined || stack.length < effect.takes) return false;
        stack.length = effect.clears ? 0 : stack.length - effect.takes;
        for (let left = 0; left < effect.leaves; left++) stack.push(NaN);
        if (stack.length > MAX_STACK) return false;
        break;
      }
      default:
        return false;
    }
  }
}

/** The bias of subroutine numbers, which count from the middle of the INDEX (4.7). */
function bias(count: number): number {
  if (count < 1240) return 107;
  return count < 33900 ? 1131 : 32768;
}

function mayDraw(operator: number, count: number): boolean {
  const counts = COUNTS.get(operator);
  return counts !== undefined && count >= counts.least && counts.remainders.includes(count % counts.period);
}

/** Bytes of a number after its first byte (3.2). */
function operandLength(first: number): number {
  if (first === 28) return 2;
  if (first === 255) return 4;
  return first >= 247 ? 1 : 0;
}

/** The value of the number that starts with this byte (3.2). */
function operandOf(bytes: Uint8Array, first: number, at: number): number {
  if (first === 28) return (numberAt(bytes, at, 2) << 16) >> 16;
  if (first === 255) return (numberAt(bytes, at, 4) | 0) / 65536;
  if (first <= 246) return first - 139;
  const low = bytes[at] ?? 0;
  return first <= 250 ? (first - 247) * 256 + low + 108 : -(first - 251) * 256 - low - 108;
}
