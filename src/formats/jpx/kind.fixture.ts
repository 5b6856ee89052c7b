import type { Content } from '../content.ts';
import { OutOfWork, Work } from '../work.ts';
import { checkJpx } from './jpx.ts';

/** What an image is found to be. It is unchecked when the check ends for want of work. */
export function kindOf(bytes: Uint8Array, units: number): Content['kind'] {
  try {
    return checkJpx(bytes, new Work(units)).kind;
  } catch (error) {
    if (error instanceof OutOfWork) return 'unchecked';
    throw error;
  }
}
