import type { Format, Verdict, VerifyOptions } from '../formats/format.ts';
import { formatOf } from '../formats/formats.ts';
import { entityTag } from './entity-tag.ts';

/** All that is known of a document that was verified. */
export interface Verification {
  /** The document: use these bytes from now on, those given may have moved to another thread. */
  readonly bytes: Buffer;
  /** Undefined when it is of no format that is delivered. */
  readonly format: Pick<Format, 'name' | 'mediaType' | 'extension'> | undefined;
  readonly verdict: Verdict;
  /** A strong one, quotes included; empty for a damaged document. */
  readonly entityTag: string;
  /** Set when the same bytes were verified before, and were not verified again. */
  readonly remembered?: boolean;
}

/**
 * Verifies on the thread that calls it.
 *
 * @param digest of all the bytes, when it is known
 */
export function verify(bytes: Buffer, options: VerifyOptions, digest?: string): Verification {
  const found = formatOf(bytes);
  if (found === undefined) {
    return { bytes, format: undefined, verdict: { intact: false, reason: 'unsupported' }, entityTag: '' };
  }
  const { name, mediaType, extension } = found;
  const verdict = found.verify(bytes, options);
  const tag = verdict.intact ? entityTag(bytes, digest) : '';
  return { bytes, format: { name, mediaType, extension }, verdict, entityTag: tag };
}

/** Whether more units of work might tell more. */
export function isOutOfBudget({ verdict }: Verification): boolean {
  return verdict.intact && !verdict.complete && verdict.unchecked.includes('budget');
}
