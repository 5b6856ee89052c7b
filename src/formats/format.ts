import type { Unchecked } from './content.ts';

/**
 * How far a document is verified: its skeleton alone, the content of its streams as well, or what checksums cover already
 * as well.
 */
export type Level = 'structure' | 'deep' | 'full';
export interface VerifyOptions {
  readonly level: Level;
  /** Units of `Work` that one verification may spend; past them the rest goes unchecked and the verdict says so. */
  readonly units: number;
}
export type Verdict<Reason extends string = string> =
  | { readonly intact: true; readonly complete: true }
  /** Something went unchecked, for these reasons, each once; 'budget' comes before all others. */
  | {
      readonly intact: true;
      readonly complete: false;
      readonly unchecked: readonly [Unchecked, ...Unchecked[]];
    }
  /** `offset` is the byte at which the damage was noticed, when it is known. */
  | { readonly intact: false; readonly reason: Reason; readonly offset?: number };
export interface Format {
  readonly name: string; // 'pdf'
  readonly mediaType: string; // 'application/pdf'
  readonly extension: string; // 'pdf'
  /** whether the bytes claim to be of this format (cheap) */
  recognises(bytes: Uint8Array): boolean;
  /** never throws, never hangs, time linear in the bytes and the units, memory in the bytes */
  verify(bytes: Uint8Array, options: VerifyOptions): Verdict;
  /** the part of an intact document that tells it from every other, where that is not all of it */
  imprint?(bytes: Uint8Array): Uint8Array;
}
