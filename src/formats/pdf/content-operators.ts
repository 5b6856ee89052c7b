/** Kinds of operands, as bits, so that one mask has all kinds that an operator allows. */
export const NUMBER = 1;
export const STRING = 2;
export const NAME = 4;
/** An array of only numbers; an array of numbers and strings; any other array. */
export const NUMBERS = 8;
export const TEXT = 16;
export const ARRAY = 32;
export const DICTIONARY = 64;
/** true, false, null */
export const OTHER = 128;

/** The sub-dictionary of the resources that contains the name operand of an operator (7.8.3). */
export type ResourceCategory = 'Font' | 'XObject' | 'ExtGState' | 'ColorSpace' | 'Shading' | 'Pattern';

export interface Operator {
  /** One mask for each operand; undefined when their number is not fixed. */
  readonly operands: readonly number[] | undefined;
  readonly resource: ResourceCategory | undefined;
}

const LETTERS: Readonly<Record<string, number>> = {
  n: NUMBER,
  s: STRING,
  N: NAME,
  a: NUMBERS,
  t: NUMBERS | TEXT,
  p: NAME | DICTIONARY,
};

/** Table 50 and the tables that it refers to: the operators by the kinds of their operands, one letter each. */
const OPERATORS: readonly (readonly [operands: string, operators: string, resource?: ResourceCategory])[] = [
  ['', 'b B b* B* BT BX EMC ET EX f F f* h n q Q s S T* W W* BI'],
  ['n', 'g G i j J M TL Tc Tr Ts Tw Tz w'],
  ['nn', 'd0 l m Td TD'],
  ['nnn', 'rg RG'],
  ['nnnn', 'k K re v y'],
  ['nnnnnn', 'c cm d1 Tm'],
  ['an', 'd'],
  ['s', "Tj '"],
  ['nns', '"'],
  ['t', 'TJ'],
  ['N', 'BMC MP ri'],
  ['Np', 'BDC DP'],
  ['N', 'cs CS', 'ColorSpace'],
  ['N', 'Do', 'XObject'],
  ['N', 'gs', 'ExtGState'],
  ['N', 'sh', 'Shading'],
  ['Nn', 'Tf', 'Font'],
];

/** Bytes of the longest operator. */
const MAX_LENGTH = 3;

const table = new Map<number, Operator>();
for (const [operands, operators, resource] of OPERATORS) {
  const masks = Array.from(operands, (letter) => LETTERS[letter] ?? 0);
  for (const operator of operators.split(' ')) table.set(code(operator), { operands: masks, resource });
}
// One number per colour component, then optionally the name of a pattern (8.6.8).
for (const operator of ['sc', 'SC']) table.set(code(operator), { operands: undefined, resource: undefined });
for (const operator of ['scn', 'SCN'])
  table.set(code(operator), { operands: undefined, resource: 'Pattern' });

/** The number of an operator, for comparison. */
export function code(operator: string): number {
  return codeAt(Buffer.from(operator, 'latin1'), 0, operator.length);
}

/** The number of the operator between two offsets; 0 when it is too long. */
export function codeAt(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > MAX_LENGTH) return 0;
  let value = 0;
  for (let at = start; at < end; at++) value = (value << 8) | (bytes[at] ?? 0);
  return value;
}

/** The operator with a number (Annex A); undefined when there is none. */
export function operatorOf(operatorCode: number): Operator | undefined {
  return table.get(operatorCode);
}
