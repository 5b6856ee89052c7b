import type { Unchecked } from './content.ts';

/**
 * How thoroughly a document is verified: its structure; also the content of its streams; also content that checksums
 * protect.
 */
export type Level = 'structure' | 'deep' | 'full';
export interface VerifyOptions {
  readonly level: Level;
  /** The limit for one verification in units of `Work`. Content beyond it is not checked, and the verdict says so. */
  readonly units: number;
}
export type Verdict<Reason extends string = string> =
  | { readonly intact: true; readonly complete: true }
  /** Some content was not checked, for these distinct reasons; 'budget' is first. */
  | {
      readonly intact: true;
      readonly complete: false;
      readonly unchecked: readonly [Unchecked, ...Unchecked[]];
    }
  /** `offset` is the byte at which the damage was found, if known. */
  | { readonly intact: false; readonly reason: Reason; readonly offset?: number };
export interface Format {
  readonly name: string; // 'pdf'
  readonly mediaType: string; // 'application/pdf'
  readonly extension: string; // 'pdf'
  /** Whether the bytes claim to be of this format. Constant time. */
  recognises(bytes: Uint8Array): boolean;
  /** Never throws or hangs. Time is linear in the bytes and the units; memory is linear in the bytes. */
  verify(bytes: Uint8Array, options: VerifyOptions): Verdict;
  /** The part of an intact document that identifies it, when that is not the whole document. */
  imprint?(bytes: Uint8Array): Uint8Array;
}
