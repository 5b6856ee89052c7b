import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { VerifyOptions } from '../formats/format.ts';
import { inspect, type Inspection } from '../formats/formats.ts';
import { entityTag } from './entity-tag.ts';

export interface VerificationTask {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly options: VerifyOptions;
}

/** All that is to be known of a document. */
export interface Examination extends Inspection {
  /** Empty for one that is damaged. */
  readonly entityTag: string;
}

export interface VerificationResult {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly examination: Examination;
}

/**
 * Runs on either side: small documents are examined on the event loop.
 *
 * @param digest of all the bytes, when it is known
 */
export function examine(bytes: Uint8Array, options: VerifyOptions, digest?: string): Examination {
  const { format, verdict } = inspect(bytes, options);
  return { format, verdict, entityTag: verdict.intact ? entityTag(bytes, digest) : '' };
}

/** Marks a message so that its bytes change threads without being copied; the sender loses them. */
export function handOver<Message extends { readonly bytes: Uint8Array<ArrayBuffer> }>(
  message: Message,
): Message {
  const movable: unknown = move({ [transferableSymbol]: [message.bytes.buffer], [valueSymbol]: message });
  return movable as Message;
}

/** Verifies a document on a worker thread. */
export default function verify({ bytes, options }: VerificationTask): VerificationResult {
  return handOver({ bytes, examination: examine(bytes, options) });
}
