import { wholeNumber, oneOf } from '../settings/kinds.ts';
import { namespace } from '../settings/namespace.ts';

/** How closely documents are looked at. */
export const verificationConfig = namespace('verification', {
  /** `structure`, with `deep` the contents too, and with `full` the image data of PNGs as well. */
  level: ['VERIFY_LEVEL', oneOf('structure', 'deep', 'full').default('deep')],
  /** Documents whose verdict is remembered by their bytes; 0 for none. */
  remembered: ['REMEMBERED_DOCUMENTS', wholeNumber(0, 1_000_000).default(10_000)],
});
