import { hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import * as z from 'zod';
import { rate } from '../settings/rate.ts';
import { SettingsError } from '../settings/settings-error.ts';
import type { Consumer } from './consumer.ts';
import { duplicateField } from './duplicate-fields.ts';
import { isGuessableDigest } from './guessable-digests.ts';

/** The maximum size of a Secret in Kubernetes. */
const MAX_BYTES = 1024 * 1024;
/** Each consumer is a label value in metrics. */
const MAX_CONSUMERS = 1_000;
const MAX_KEYS = 10;
const MAX_LINES = 20;
/** The minimum length of an API key in characters; in API_KEY a shorter one causes a warning. */
export const MIN_KEY_LENGTH = 16;
/** Consumer names that metrics use for requests without an API key and for the keys in API_KEY. */
const TAKEN = /^(none|key-\d+)$/;

/** One value, or up to MAX_KEYS of them, for the rotation of API keys. */
function oneOrMore(pattern: RegExp, message: string): z.ZodType<readonly string[]> {
  return z.unknown().transform((value, context) => {
    const all: readonly unknown[] = Array.isArray(value) ? value : [value];
    const good = all.filter((each) => typeof each === 'string' && pattern.test(each)) as string[];
    if (all.length > 0 && all.length <= MAX_KEYS && good.length === all.length) return good;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

const consumer = z
  .strictObject(
    {
      name: z
        .string({ error: 'must be text' })
        .regex(/^[A-Za-z0-9][\w.-]{0,63}$/, {
          error: 'must be 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first',
          abort: true,
        })
        .refine((name) => !TAKEN.test(name), { error: 'is reserved' }),
      key: oneOrMore(
        new RegExp(`^[\\x21-\\x7e]{${MIN_KEY_LENGTH},512}$`),
        `must be a key of ${MIN_KEY_LENGTH} to 512 printable ASCII characters without spaces, or a list of them`,
      ).optional(),
      sha256: oneOrMore(/^[0-9a-f]{64}$/i, 'must be a SHA-256 of 64 hexadecimal digits, or a list of them')
        .refine((digests) => !digests.some((digest) => isGuessableDigest(digest.toLowerCase())), {
          error: 'is the SHA-256 of an empty or very short text, not of a key',
        })
        .optional(),
      expires: z.iso
        .datetime({ offset: true, error: 'must be a time of RFC 3339, such as 2027-01-31T00:00:00Z' })
        .transform((text) => Date.parse(text))
        .optional(),
      rate: rate.optional(),
    },
    { error: 'must be an object with only the fields name, key or sha256, expires and rate' },
  )
  .refine(({ key, sha256 }) => (key === undefined) !== (sha256 === undefined), {
    error: 'must have either key or sha256',
  });

const file = z.strictObject(
  {
    consumers: z
      .array(consumer, { error: 'must be a list' })
      .max(MAX_CONSUMERS, { error: `must be at most ${MAX_CONSUMERS}` }),
  },
  { error: 'must be an object with only the field consumers' },
);

export function digestOf(key: string): string {
  return hash('sha256', key, 'hex');
}

/** The mistakes in a file of API keys: one line for each, with its place and no content of the file. */
export class KeyFileError extends SettingsError {
  constructor(lines: readonly string[]) {
    const shown = lines.slice(0, MAX_LINES);
    if (lines.length > shown.length) shown.push(`has ${lines.length - shown.length} more mistakes`);
    super(shown.map((line) => `API_KEYS_FILE ${line}`));
  }
}

/** Consumers by the digest of an API key. */
export type KeyTable = ReadonlyMap<string, Consumer>;

/** Parses the format that docs/keys.md describes. @throws KeyFileError naming the mistakes */
export function parseKeyFile(text: string): KeyTable {
  const parsed = file.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new KeyFileError(
      parsed.error.issues.map(({ path, message }) => [path.join('.'), message].join(' ').trim()),
    );
  }
  const names = new Set<string>();
  const table = new Map<string, Consumer>();
  const mistakes: string[] = [];
  for (const [index, each] of parsed.data.consumers.entries()) {
    const { name, key = [], sha256 = [], expires, rate: own } = each;
    if (names.has(name)) mistakes.push(`consumers.${index} has the name of another consumer`);
    names.add(name);
    const holder = { name, ...(expires !== undefined && { expiresAt: expires }), ...(own && { rate: own }) };
    for (const digest of [...key.map(digestOf), ...sha256.map((text) => text.toLowerCase())]) {
      if (table.has(digest))
        mistakes.push(`consumers.${index} has a duplicate key, or the key of another consumer`);
      table.set(digest, holder);
    }
  }
  if (mistakes.length > 0) throw new KeyFileError(mistakes);
  return table;
}

function parseJson(text: string): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    // The message may quote the file, so only the position is kept.
    const place = /\(line \d+ column \d+\)/.exec(String(error))?.[0];
    throw new KeyFileError([['is not valid JSON', place].join(' ').trim()]);
  }
  const at = duplicateField(text);
  if (at === undefined) return parsed;
  const lines = text.slice(0, at).split('\n');
  throw new KeyFileError([
    `has an object with a duplicate field (line ${lines.length} column ${(lines.at(-1) ?? '').length + 1})`,
  ]);
}

/** @throws KeyFileError when it cannot be read, is not a regular file or is larger than 1 MiB */
export async function readKeyFile(path: string): Promise<string> {
  let handle: FileHandle | undefined;
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) throw new KeyFileError(['is not a file']);
    if (stat.size > MAX_BYTES) throw new KeyFileError([`is larger than ${MAX_BYTES} bytes`]);
    return await handle.readFile('utf8');
  } catch (error) {
    if (error instanceof KeyFileError) throw error;
    throw new KeyFileError([`cannot be read: ${(error as NodeJS.ErrnoException).code} ${path}`]);
  } finally {
    await handle?.close();
  }
}
