import { SECTOR, sectorFrom } from '../sectors.ts';

/**
 * Offset of whole sectors of the document that contain only one byte value, with other bytes before and after, or -1.
 * Lost parts of a file look like this. Document data also have long runs, but one in 262,144 of these starts and ends
 * at sector boundaries.
 *
 * @param start the first offset to search
 * @param end the offset after the last one
 */
export function findErasedSectors(bytes: Uint8Array, start: number, end: number): number {
  for (let at = sectorFrom(start + 1); at + SECTOR < end; at += SECTOR) {
    const value = bytes[at];
    if (value === bytes[at - 1] || value !== bytes[at + SECTOR - 1]) continue;
    let runEnd = at + 1;
    while (runEnd < end && bytes[runEnd] === value) runEnd++;
    if (runEnd < end && runEnd % SECTOR === 0) return at;
    // Continues with the first sector that may start another run.
    at = Math.max(at, runEnd - (runEnd % SECTOR) - SECTOR);
  }
  return -1;
}
