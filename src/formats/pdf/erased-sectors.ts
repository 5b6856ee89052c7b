import { SECTOR, sectorFrom } from '../sectors.ts';

/**
 * Where whole sectors of the document begin that hold one value in all their bytes, while the bytes on both sides hold
 * others, or -1 when there are none. What was lost of a file reads like that. Data of a document have long runs as well,
 * but runs begin and end where sectors do once in 262,144 times.
 *
 * @param start the first offset in the document that is searched, and `end` the one behind the last
 */
export function findErasedSectors(bytes: Uint8Array, start: number, end: number): number {
  for (let at = sectorFrom(start + 1); at + SECTOR < end; at += SECTOR) {
    const value = bytes[at];
    if (value === bytes[at - 1] || value !== bytes[at + SECTOR - 1]) continue;
    let runEnd = at + 1;
    while (runEnd < end && bytes[runEnd] === value) runEnd++;
    if (runEnd < end && runEnd % SECTOR === 0) return at;
    // The run is not searched again: the next sector that may begin one is behind it.
    at = Math.max(at, runEnd - (runEnd % SECTOR) - SECTOR);
  }
  return -1;
}
