import type { Content } from '../content.ts';
import type { Work } from '../work.ts';
import { checkCff } from './cff.ts';
import { checkSfnt, isSfnt } from './sfnt.ts';
import { checkType1 } from './type1.ts';

/**
 * Checks a font file that a PDF embeds (ISO 32000-1, 9.9). Its first bytes decide the format, as in PDF readers, not
 * the key that refers to it.
 *
 * @throws OutOfWork
 */
export function checkFontFile(bytes: Uint8Array, work: Work): Content {
  if (isSfnt(bytes)) return checkSfnt(bytes, work);
  // '%!', or the header of a PFB segment
  if (bytes[0] === 0x25 || bytes[0] === 0x80) return checkType1(bytes, work);
  return checkCff(bytes, work);
}
