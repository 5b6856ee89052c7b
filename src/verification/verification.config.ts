import { wholeNumber, oneOf } from '../settings/kinds.ts';
import { namespace } from '../settings/namespace.ts';

/** The level of verification, and the memory of verdicts. */
export const verificationConfig = namespace('verification', {
  /** `structure`; `deep` also checks contents; `full` also checks the image data of PNGs. */
  level: ['VERIFY_LEVEL', oneOf('structure', 'deep', 'full').default('deep')],
  /** The number of verdicts to remember, by the bytes of the document; 0 for none. */
  remembered: ['REMEMBERED_DOCUMENTS', wholeNumber(0, 1_000_000).default(10_000)],
});
