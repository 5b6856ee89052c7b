import { SECTOR, sectorFrom } from '../sectors.ts';
import type { Work } from '../work.ts';

/** The maximum number of adjacent lost sectors. */
const MAX_SECTORS = 8;
/**
 * 512 random bytes have on average 221 different values and a mean difference of 85, with standard deviations of 5 and
 * 3. Compressed data have slightly less of both.
 */
const MIN_VALUES = 190;
/** The limit when a byte holds several samples, because dithering alone gives many values. */
const MIN_VALUES_OF_BITS = 200;
const MIN_DIFFERENCE = 64;
/** Most values in the sectors beside noise. With 176, twice as many intact images would be refused. */
const MAX_VALUES_BESIDE = 168;
/** Bytes compared on each side of an edge of the noise, and the limit of their mean difference: half of 85. */
const EDGE = 48;
const EDGE_DIFFERENCE = 42;

/** Units of work for each byte. */
const COST = 2;

/** The position of the samples of an image. */
export interface Layout {
  /** Offset of the first byte in the document, which determines the sector boundaries. */
  readonly origin: number;
  /** Bytes per row. */
  readonly row: number;
  /** Bytes between two samples of the same component; 0 when a byte holds several samples. */
  readonly distance: number;
}

/**
 * Offset of up to eight sectors of random bytes in the samples of an image, or -1. Noise that belongs to the image does
 * not start and end at sector boundaries, or does not differ from its surroundings.
 *
 * @throws OutOfWork
 */
export function findNoise(samples: Uint8Array, layout: Layout, work: Work): number {
  const { origin, distance } = layout;
  work.spend(COST * samples.length);
  const minValues = distance === 0 ? MIN_VALUES_OF_BITS : MIN_VALUES;
  const first = sectorFrom(origin) - origin;
  let start = -1;
  for (let at = first; at + SECTOR <= samples.length; at += SECTOR) {
    // The difference takes half the time of the values.
    const isNoise =
      differenceIn(samples, at, at + SECTOR, distance) >= MIN_DIFFERENCE &&
      valuesIn(samples, at) >= minValues;
    if (isNoise) {
      if (start < 0 && at > first && isBeside(samples, at - SECTOR)) start = at;
    } else {
      const isLost = start >= 0 && at - start <= MAX_SECTORS * SECTOR && isBeside(samples, at);
      if (isLost && isSharp(samples, start, at, layout)) return start;
      start = -1;
    }
  }
  return -1;
}

function isBeside(samples: Uint8Array, at: number): boolean {
  return valuesIn(samples, at) <= MAX_VALUES_BESIDE;
}

/** The number of different byte values in a sector. */
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
 * Whether the noise starts and ends within about twenty bytes of sector boundaries, and the rows above and below have
 * none. Noise that belongs to the image covers several rows.
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

/** The mean difference between each byte and the byte `distance` before it. */
function differenceIn(samples: Uint8Array, start: number, end: number, distance: number): number {
  if (distance === 0) return MIN_DIFFERENCE;
  let sum = 0;
  for (let i = start + distance; i < end; i++)
    sum += Math.abs((samples[i] ?? 0) - (samples[i - distance] ?? 0));
  return sum / (end - start - distance);
}
