/** Bytes of the smallest disk sector. Larger blocks also start and end at its boundaries. */
export const SECTOR = 512;

/** Offset of the first sector that starts at or after an offset in the document. */
export function sectorFrom(offset: number): number {
  return Math.ceil(offset / SECTOR) * SECTOR;
}
