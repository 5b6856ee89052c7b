import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { VerifyOptions } from '../formats/format.ts';
import { inspect, type Inspection } from '../formats/formats.ts';

export interface VerificationTask {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly options: VerifyOptions;
}

export interface VerificationResult {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly inspection: Inspection;
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
  return handOver({ bytes, inspection: inspect(bytes, options) });
}
