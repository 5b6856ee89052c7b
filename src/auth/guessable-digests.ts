import { hash } from 'node:crypto';

/** What scripts send when a variable is not set, and what people write as a placeholder. */
const PLACEHOLDERS = [
  `null NULL undefined None none nil NaN true false {} [] "" ''`,
  'key api-key api_key apikey API_KEY <key> your-api-key secret password token',
  'changeme change-me CHANGEME test dev example admin default todo TODO xxx',
].flatMap((line) => line.split(' '));
const PRINTABLE = Array.from({ length: 0x7f - 0x20 }, (_, index) => String.fromCharCode(0x20 + index));
/** `echo KEY | sha256sum` includes the line end in the digest. */
const LINE_ENDS = ['', '\n', '\r\n'];

let known: ReadonlySet<string> | undefined;

/**
 * Whether this is the SHA-256 of an empty text, blanks, one character or a placeholder, with or without a line end.
 * Such a digest shows that a variable was not set. Digests of other short texts are not recognised.
 * @param digest 64 hexadecimal digits in lower case
 */
export function isGuessableDigest(digest: string): boolean {
  known ??= new Set(
    ['', '  ', '\t', ...PRINTABLE, ...PLACEHOLDERS].flatMap((key) =>
      LINE_ENDS.map((end) => hash('sha256', key + end, 'hex')),
    ),
  );
  return known.has(digest);
}
