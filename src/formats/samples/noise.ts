import { SECTOR, sectorFrom } from '../sectors.ts';
import type { Work } from '../work.ts';

/** Sectors that are lost at once at most. */
const MAX_SECTORS = 8;
/**
 * Of 512 random bytes, 221 different values and a mean difference of 85 are to be expected, with deviations of 5 and 3.
 * Data that were compressed are noise with a little less of both.
 */
const MIN_VALUES = 190;
/** The same where a byte holds several samples, and dithering alone makes many values. */
const MIN_VALUES_OF_BITS = 200;
const MIN_DIFFERENCE = 64;
/** Values that the sectors beside noise have at most: with 176, twice as many sound images would be refused. */
const MAX_VALUES_BESIDE = 168;
/** Bytes on each side of an edge of the noise, and the mean difference that they have: half of 85 at least inside, at most outside. */
const EDGE = 48;
const EDGE_DIFFERENCE = 42;

/** What looking for noise costs for each byte, in units of work. */
const COST = 2;

/** Where the samples of an image are. */
export interface Layout {
  /** Offset in the document of the first byte, which tells where sectors begin. */
  readonly origin: number;
  /** Bytes of a row. */
  readonly row: number;
  /** Bytes between two samples that go together; 0 when a byte holds several samples. */
  readonly distance: number;
}

/**
 * Where up to eight sectors of random bytes begin in the samples of an image, or -1. Noise that belongs to the image begins
 * and ends elsewhere, or does not stand out against what is beside it.
 *
 * @throws OutOfWork
 */
export function findNoise(samples: Uint8Array, layout: Layout, work: Work): number {
  const { origin, distance } = layout;
  work.spend(COST * samples.length);
  const minValues = distance === 0 ? MIN_VALUES_OF_BITS : MIN_VALUES;
  let start = -1;
  let previous = minValues;
  for (let at = sectorFrom(origin) - origin; at + SECTOR <= samples.length; at += SECTOR) {
    const values = valuesIn(samples, at);
    const isNoise = values >= minValues && differenceIn(samples, at, at + SECTOR, distance) >= MIN_DIFFERENCE;
    if (isNoise) {
      if (start < 0 && previous <= MAX_VALUES_BESIDE) start = at;
    } else {
      const isLost = start >= 0 && values <= MAX_VALUES_BESIDE && at - start <= MAX_SECTORS * SECTOR;
      if (isLost && isSharp(samples, start, at, layout)) return start;
      start = -1;
    }
    previous = values;
  }
  return -1;
}

/** How many different values the bytes of a sector have. */
function valuesIn(samples: Uint8Array, at: number): number {
  const seen = new Uint8Array(256);
  let values = 0;
  for (let i = at; i < at + SECTOR; i++) {
    const value = samples[i] ?? 0;
    values += 1 - (seen[value] ?? 0);
    seen[value] = 1;
  }
  return values;
}

/**
 * Whether the noise begins and ends where sectors do, give or take twenty bytes, and rows above and below are none: a patch
 * of noise that belongs to the image has several.
 */
function isSharp(samples: Uint8Array, start: number, end: number, { row, distance }: Layout): boolean {
  if (distance === 0) return true;
  const width = Math.min(row, end - start);
  const above = start - row;
  const below = end + row;
  if (Math.min(start - EDGE, above) < 0 || Math.max(end + EDGE, below) > samples.length) return false;
  return (
    differenceIn(samples, start - EDGE, start, distance) <= EDGE_DIFFERENCE &&
    differenceIn(samples, start, start + EDGE, distance) >= EDGE_DIFFERENCE &&
    differenceIn(samples, end - EDGE, end, distance) >= EDGE_DIFFERENCE &&
    differenceIn(samples, end, end + EDGE, distance) <= EDGE_DIFFERENCE &&
    differenceIn(samples, above, above + width, distance) <= EDGE_DIFFERENCE &&
    differenceIn(samples, below - width, below, distance) <= EDGE_DIFFERENCE
  );
}

/** The mean difference of bytes to those that are `distance` bytes before them. */
function differenceIn(samples: Uint8Array, start: number, end: number, distance: number): number {
  if (distance === 0) return MIN_DIFFERENCE;
  let sum = 0;
  for (let i = start + distance; i < end; i++)
    sum += Math.abs((samples[i] ?? 0) - (samples[i - distance] ?? 0));
  return sum / (end - start - distance);
}
