/** Bytes of the smallest sector of a disk: larger blocks begin and end where these do. */
export const SECTOR = 512;

/** Offset of the first sector that begins at or behind an offset in the document. */
export function sectorFrom(offset: number): number {
  return Math.ceil(offset / SECTOR) * SECTOR;
}
