import { SECTOR, sectorFrom } from '../sectors.ts';
import type { Work } from '../work.ts';
import type { Layout } from './noise.ts';

/** The minimum number of rows that a copy covers, and of bytes in a row. A part of one row often occurs twice. */
const MIN_ROWS = 2;
const MIN_ROW = 96;
/** The maximum length of a copy in bytes. */
const MAX_RUN = 32 * SECTOR;
/** The maximum number of bytes before and behind a copy, together, that match because they are of one value. */
const MAX_EVEN = 32;
/** The minimum number of bytes that differ from the one before, in a sector and in a copy. */
const MIN_CHANGES_OF_SECTOR = 8;
const MIN_CHANGES = 32;
/** Units of work for each byte. */
const COST = 1;

/** Bytes that equal those `apart` bytes earlier. */
interface Run {
  readonly start: number;
  readonly end: number;
  readonly apart: number;
}

/**
 * Offset of whole sectors in the samples of an image that are equal to others, but not in the same columns, or -1. They
 * cover whole rows. The bytes next to the two differ, apart from a few of one value. In an intact image, patterns that
 * occur in other columns continue, or start and end anywhere.
 *
 * @throws OutOfWork
 */
export function findCopiedBlock(samples: Uint8Array, { origin, row }: Layout, work: Work): number {
  if (row < MIN_ROW || MIN_ROWS * row > MAX_RUN) return -1;
  work.spend(COST * samples.length);
  const latest = new Map<number, number>();
  let runEnd = 0;
  for (let at = sectorFrom(origin) - origin; at + SECTOR <= samples.length; at += SECTOR) {
    if (changesIn(samples, at, at + SECTOR) < MIN_CHANGES_OF_SECTOR) continue;
    const key = keyOf(samples, at);
    const other = latest.get(key);
    latest.set(key, at);
    if (other === undefined || at < runEnd || (at - other) % row === 0) continue;
    const run = runAt(samples, at, at - other);
    runEnd = run.end;
    work.spend(run.end - run.start);
    const first = sectorFrom(origin + run.start) - origin;
    const last = first + Math.floor((run.end - first) / SECTOR) * SECTOR;
    if (last - first >= MIN_ROWS * row && isCut(samples, run, first, last)) return first;
  }
  return -1;
}

function runAt(samples: Uint8Array, at: number, apart: number): Run {
  let start = at;
  while (start > apart && at - start <= MAX_RUN && samples[start - 1] === samples[start - 1 - apart]) start--;
  let end = at;
  while (end < samples.length && end - at <= MAX_RUN && samples[end] === samples[end - apart]) end++;
  return { start, end, apart };
}

/** Whether a run consists of the sectors from `first` to `last` and a few even bytes. */
function isCut(samples: Uint8Array, { start, end, apart }: Run, first: number, last: number): boolean {
  return (
    start > apart &&
    end < samples.length &&
    end - start <= MAX_RUN &&
    first - start + (end - last) <= MAX_EVEN &&
    changesIn(samples, start + 1, first) + changesIn(samples, last + 1, end) === 0 &&
    changesIn(samples, first, last) >= MIN_CHANGES
  );
}

function changesIn(samples: Uint8Array, start: number, end: number): number {
  let changes = 0;
  for (let i = Math.max(start, 1); i < end; i++) if (samples[i] !== samples[i - 1]) changes++;
  return changes;
}

/** A hash of a sector. */
function keyOf(samples: Uint8Array, at: number): number {
  let key = 0;
  for (let i = at; i < at + SECTOR; i++) key = (Math.imul(key, 31) + (samples[i] ?? 0)) | 0;
  return key;
}
