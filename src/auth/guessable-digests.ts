import { hash } from 'node:crypto';

/** What scripts put in the place of a key that they were not given, and what people put there for the time being. */
const PLACEHOLDERS = [
  ...['null', 'NULL', 'undefined', 'None', 'none', 'nil', 'NaN', 'true', 'false', '{}', '[]', '""', "''"],
  ...[
    'key',
    'api-key',
    'api_key',
    'apikey',
    'API_KEY',
    'secret',
    'password',
    'changeme',
    'change-me',
    'CHANGEME',
  ],
  ...['test', 'dev', 'example', 'admin', 'default', 'token', 'todo', 'TODO', 'xxx', '<key>', 'your-api-key'],
];
const PRINTABLE = Array.from({ length: 0x7f - 0x20 }, (_, index) => String.fromCharCode(0x20 + index));
/** `sha256sum` takes the end of the line for a part of the key, unless it is kept from it. */
const LINE_ENDS = ['', '\n', '\r\n'];

let known: ReadonlySet<string> | undefined;

/**
 * Whether this is the SHA-256 of nothing, of blanks, of one character or of a placeholder, with or without the end of a
 * line: the mark of a variable that was not set. Most digests of short keys cannot be told from others.
 *
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
