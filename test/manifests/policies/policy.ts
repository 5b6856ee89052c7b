import type { Manifest } from '../manifest.ts';

/** One rendered overlay, and what has to be known of the rest of the repository to judge it. */
export interface Overlay {
  readonly environment: string;
  readonly manifests: Manifest[];
  /** Whether the service answers GET on this path without a key. */
  readonly isOpen: (path: string) => boolean;
}

/** A rule that every overlay keeps. A violation is a sentence that says what is wrong, and where. */
export interface Policy {
  readonly name: string;
  violations(overlay: Overlay): string[];
}

/** A rule that is looked at piece by piece: all that fail among `cases`, in words. */
export function failing<Case>(
  cases: Iterable<Case>,
  holds: (item: Case) => boolean,
  words: (item: Case) => string,
): string[] {
  return [...cases].filter((item) => !holds(item)).map(words);
}
