import type { Format, Verdict, VerifyOptions } from '../formats/format.ts';
import { formatOf } from '../formats/formats.ts';
import { entityTag } from './entity-tag.ts';

/** The result of a verification. */
export interface Verification {
  /** The document. Use these bytes: the original ones may have moved to another thread. */
  readonly bytes: Buffer;
  /** Undefined for an unsupported format. */
  readonly format: Pick<Format, 'name' | 'mediaType' | 'extension'> | undefined;
  readonly verdict: Verdict;
  /** A strong entity tag with quotes; empty for a damaged document. */
  readonly entityTag: string;
  /** Set when the verdict comes from an earlier verification of the same bytes. */
  readonly remembered?: boolean;
}

/** Verifies on the calling thread. @param digest of all the bytes, if known */
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

/** Whether more units of work could check more of the document. */
export function isOutOfBudget({ verdict }: Verification): boolean {
  return verdict.intact && !verdict.complete && verdict.unchecked.includes('budget');
}
