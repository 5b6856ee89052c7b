import { onesIn } from '../bits.ts';
import { SECTOR, sectorFrom } from '../sectors.ts';
import type { Work } from '../work.ts';
import type { Layout } from './noise.ts';

/** The maximum number of adjacent sectors. More of them are a picture of text in bytes. */
const MAX_SECTORS = 16;
/** The minimum numbers of letters, and of blanks and line ends, in a sector of text. */
const MIN_LETTERS = 256;
const MIN_BLANKS = 20;
/** The minimum number of blanks between two letters: words. */
const MIN_WORDS = 12;
/** The minimum number of different letters, and mean difference of two bytes as far apart as two samples. */
const MIN_DIFFERENT = 12;
const MIN_DIFFERENCE = 12;
/** The maximum number of bytes of characters beyond ASCII. */
const MAX_OTHERS = 32;

/** Units of work for each byte. A few bytes are enough to reject most sectors. */
const COST = 0.25;

/**
 * Offset of up to sixteen sectors of words in the samples of an image, or -1. Samples have many of the values of
 * letters, but not letters with blanks between them in all bytes of a sector.
 *
 * @throws OutOfWork
 */
export function findProse(samples: Uint8Array, { origin, distance }: Layout, work: Work): number {
  work.spend(COST * samples.length);
  let start = -1;
  for (let at = sectorFrom(origin) - origin; at + SECTOR <= samples.length; at += SECTOR) {
    if (isProse(samples, at) && !isEven(samples, at, Math.max(1, distance))) {
      if (start < 0) start = at;
    } else {
      if (start >= SECTOR && at - start <= MAX_SECTORS * SECTOR) return start;
      start = -1;
    }
  }
  return -1;
}

function isProse(samples: Uint8Array, at: number): boolean {
  let letters = 0;
  let blanks = 0;
  let words = 0;
  let others = 0;
  let seen = 0;
  for (let i = at; i < at + SECTOR; i++) {
    const byte = samples[i] ?? 0;
    if (isLetter(byte)) {
      letters++;
      seen |= 1 << (byte & 0x1f);
    } else if (byte === 0x20 || byte === 0x0a) {
      blanks++;
      if (isLetter(samples[i - 1] ?? 0) && isLetter(samples[i + 1] ?? 0)) words++;
    } else if (byte >= 0x80 && ++others > MAX_OTHERS) return false;
    else if ((byte < 0x20 && byte !== 0x09 && byte !== 0x0d) || byte === 0x7f) return false;
  }
  return (
    letters >= MIN_LETTERS && blanks >= MIN_BLANKS && words >= MIN_WORDS && onesIn(seen) >= MIN_DIFFERENT
  );
}

/** Whether samples change gradually, as dark colours do of which one component is 32. */
function isEven(samples: Uint8Array, at: number, distance: number): boolean {
  let sum = 0;
  for (let i = at + distance; i < at + SECTOR; i++)
    sum += Math.abs((samples[i] ?? 0) - (samples[i - distance] ?? 0));
  return sum < MIN_DIFFERENCE * (SECTOR - distance);
}

function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}
