import type { Manifest } from '../manifest.ts';

/** A rendered overlay, and the facts about the service that policies need. */
export interface Overlay {
  readonly environment: string;
  readonly manifests: Manifest[];
  /** Whether the service answers GET for this path without a key. */
  readonly isOpen: (path: string) => boolean;
}

/** A rule for every overlay. A violation is a text that says what is wrong, and where. */
export interface Policy {
  readonly name: string;
  violations(overlay: Overlay): string[];
}

/** The messages of the cases that fail a check. */
export function failing<Case>(
  cases: Iterable<Case>,
  holds: (item: Case) => boolean,
  words: (item: Case) => string,
): string[] {
  return [...cases].filter((item) => !holds(item)).map(words);
}
