import { LENGTH_MASK, RUN_BITS, RUN_SHIFT, RUNS } from './codes.ts';

/** Pixels of a row; 1 is black. */
export type Row = readonly (0 | 1)[];

export const END_OF_LINE = '000000000001';

/** Converts binary digits to bytes. The last byte is filled with zeros. */
export function bytesOf(bits: string): Buffer {
  const text = bits.replaceAll(' ', '');
  const bytes = text.padEnd(Math.ceil(text.length / 8) * 8, '0').match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}

/** The code of a run, with make-up codes before it for a long run. */
export function runCode(run: number, colour: 0 | 1): string {
  if (run > 2_560) return runCode(2_560, colour).slice(0, 12) + runCode(run - 2_560, colour);
  const makeUp = run - (run % 64);
  return (makeUp > 0 ? codeOf(makeUp, colour) : '') + codeOf(run % 64, colour);
}

const CODES = [new Map<number, string>(), new Map<number, string>()] as const;

function codeOf(run: number, colour: 0 | 1): string {
  const known = CODES[colour].get(run);
  if (known !== undefined) return known;
  const index = RUNS[colour].findIndex((entry) => entry >>> RUN_SHIFT === run && (entry & LENGTH_MASK) > 0);
  const length = (RUNS[colour][index] ?? 0) & LENGTH_MASK;
  const code = index.toString(2).padStart(RUN_BITS, '0').slice(0, length);
  CODES[colour].set(run, code);
  return code;
}

/** T.4, 4.1 */
export function row1d(row: Row): string {
  let bits = '';
  for (let at = 0, colour: 0 | 1 = 0; at < row.length; colour = colour === 0 ? 1 : 0) {
    const end = changeAfter(row, at, colour);
    bits += runCode(end - at, colour);
    at = end;
  }
  return bits;
}

const VERTICAL = ['0000010', '000010', '010', '1', '011', '000011', '0000011'];

/** T.6, figure 7 */
export function row2d(row: Row, above: Row): string {
  let bits = '';
  for (let at = -1, colour: 0 | 1 = 0; at < row.length;) {
    const from = Math.max(at, 0);
    const a1 = changeAfter(row, from, colour);
    const b1 = changeTo(above, at, colour);
    const b2 = changeAfter(above, b1, colour === 0 ? 1 : 0);
    if (b2 < a1) {
      bits += '0001';
      at = b2;
    } else if (Math.abs(a1 - b1) <= 3) {
      bits += VERTICAL[a1 - b1 + 3] ?? '';
      at = a1;
      colour = colour === 0 ? 1 : 0;
    } else {
      const other = colour === 0 ? 1 : 0;
      const a2 = changeAfter(row, a1, other);
      bits += `001${runCode(a1 - from, colour)}${runCode(a2 - a1, other)}`;
      at = a2;
    }
  }
  return bits;
}

/** The end of the run of this colour that starts at `from`. */
function changeAfter(row: Row, from: number, colour: 0 | 1): number {
  let at = from;
  while (at < row.length && row[at] === colour) at++;
  return at;
}

/** The first pixel after `behind` that starts a run of the other colour. */
function changeTo(row: Row, behind: number, colour: 0 | 1): number {
  for (let at = behind + 1; at < row.length; at++)
    if (row[at] !== colour && (at === 0 ? 0 : row[at - 1]) === colour) return at;
  return row.length;
}
