import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digestOf, KeyFileError, type KeyTable, parseKeyFile, readKeyFile } from './key-file.ts';

const KEY = 'a-key-that-is-long-enough';
const SHA256 = digestOf('another-key-for-another');

const tableOf = (...consumers: unknown[]): KeyTable => parseKeyFile(JSON.stringify({ consumers }));

/** Returns the mistakes of a file, without the name of the setting. */
function mistakesOf(text: string): string[] {
  try {
    parseKeyFile(text);
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    expect(error.lines.every((line) => line.startsWith('API_KEYS_FILE ') && !line.includes('\n'))).toBe(true);
    return error.lines.map((line) => line.replace('API_KEYS_FILE ', ''));
  }
  throw new Error('the file was accepted');
}

const mistakesIn = (...consumers: unknown[]): string[] => mistakesOf(JSON.stringify({ consumers }));

describe('parseKeyFile', () => {
  it('should return the consumers by the digests of their keys, for keys and digests', () => {
    const table = tableOf(
      { name: 'acme', key: KEY, expires: '2027-01-31T01:00:00+01:00', rate: '100/1m' },
      { name: 'Other_2.x-y', sha256: SHA256.toUpperCase() },
    );
    expect([...table]).toEqual([
      [
        digestOf(KEY),
        { name: 'acme', expiresAt: Date.UTC(2027, 0, 31), rate: { requests: 100, seconds: 60 } },
      ],
      [SHA256, { name: 'Other_2.x-y' }],
    ]);
  });

  it('should accept several keys of one consumer', () => {
    const table = tableOf({ name: 'acme', sha256: [SHA256, digestOf(KEY)] });
    expect([...new Set(table.values())]).toEqual([{ name: 'acme' }]);
    expect(table.size).toBe(2);
    const ten = Array.from({ length: 10 }, (_, index) => `${KEY}-${index}`);
    expect(tableOf({ name: 'acme', key: ten }).size).toBe(10);
    expect(mistakesIn({ name: 'acme', key: [...ten, KEY] })).toEqual([
      'consumers.0.key must be a key of 16 to 512 printable ASCII characters without spaces, or a list of them',
    ]);
  });

  it('should accept a file without consumers', () => {
    expect(tableOf().size).toBe(0);
  });

  const fields = 'must be an object with only the fields name, key or sha256, expires and rate';
  it.each([
    ['nothing', '', 'is not valid JSON'],
    ['half of itself', '{"consumers": [{"name": "acme", "key": "a-k', 'is not valid JSON'],
    ['a list', '[]', 'must be an object with only the field consumers'],
    ['null', 'null', 'must be an object with only the field consumers'],
    ['without consumers', '{}', 'consumers must be a list'],
    [
      'with another field',
      '{"consumers": [], "version": 1}',
      'must be an object with only the field consumers',
    ],
    [
      'with consumers by name',
      `{"consumers": {"acme": {"sha256": "${SHA256}"}}}`,
      'consumers must be a list',
    ],
    ['with text for a consumer', '{"consumers": ["acme"]}', `consumers.0 ${fields}`],
  ])('should refuse what is %s', (_, text, line) => {
    expect(mistakesOf(text)).toEqual([expect.stringContaining(line)]);
  });

  it.each([
    ['an unknown field', { name: 'acme', sha256: SHA256, scope: 'all' }, fields],
    ['no name', { sha256: SHA256 }, 'name must be text'],
    ['a name with a space', { name: 'ac me', sha256: SHA256 }, 'name must be 1 to 64 letters'],
    ['a name of 65 letters', { name: 'a'.repeat(65), sha256: SHA256 }, 'name must be 1 to 64 letters'],
    ['a name with a line end', { name: 'acme\n', sha256: SHA256 }, 'name must be 1 to 64 letters'],
    ['the name of a key of API_KEY', { name: 'key-1', sha256: SHA256 }, 'name is reserved'],
    ['the name of nobody', { name: 'none', sha256: SHA256 }, 'name is reserved'],
    ['no key', { name: 'acme' }, 'must have either key or sha256'],
    ['both', { name: 'acme', key: KEY, sha256: SHA256 }, 'must have either key or sha256'],
    ['a key that is short', { name: 'acme', key: 'fifteen-letters' }, 'key must be a key of 16 to 512'],
    ['a key with a space', { name: 'acme', key: `${KEY} ` }, 'key must be a key of 16 to 512'],
    ['no key in a list', { name: 'acme', key: [] }, 'key must be a key of 16 to 512'],
    ['a digest that is short', { name: 'acme', sha256: SHA256.slice(1) }, 'sha256 must be a SHA-256'],
    ['a digest that is none', { name: 'acme', sha256: 'x'.repeat(64) }, 'sha256 must be a SHA-256'],
    ['a day', { name: 'acme', sha256: SHA256, expires: '2027-01-31' }, 'expires must be a time of RFC 3339'],
    [
      'a time of nowhere',
      { name: 'acme', sha256: SHA256, expires: '2027-01-31T00:00:00' },
      'expires must be a time of RFC 3339',
    ],
    [
      'a day that is none',
      { name: 'acme', sha256: SHA256, expires: '2027-02-30T00:00:00Z' },
      'expires must be a time of RFC 3339',
    ],
    ['no rate', { name: 'acme', sha256: SHA256, rate: '100' }, 'rate must be like 100/1s'],
    ['a rate of nothing', { name: 'acme', sha256: SHA256, rate: '0/1s' }, 'rate must be like 100/1s'],
    ['a rate over two days', { name: 'acme', sha256: SHA256, rate: '5/48h' }, 'rate must be like 100/1s'],
  ])('should refuse a consumer with %s', (_, consumer, line) => {
    expect(mistakesIn(consumer)).toEqual([expect.stringMatching(new RegExp(`^consumers\\.0 ?\\.?${line}`))]);
  });

  it.each([
    ['nothing', ''],
    ['an end of a line alone', '\n'],
    ['a blank', ' '],
    ['one character', 'x'],
    ['a missing value of jq', 'null\n'],
    ['a placeholder', 'changeme'],
  ])('should refuse the digest of %s', (_, key) => {
    const line = 'sha256 is the SHA-256 of an empty or very short text, not of a key';
    expect(mistakesIn({ name: 'acme', sha256: digestOf(key).toUpperCase() })).toEqual([
      `consumers.0.${line}`,
    ]);
    expect(mistakesIn({ name: 'acme', sha256: [SHA256, digestOf(key)] })).toEqual([`consumers.0.${line}`]);
  });

  it('should refuse a duplicate field', () => {
    const consumer = `{"name": "acme", "sha256": "${SHA256}"`;
    expect(mistakesOf(`{"consumers": [${consumer}, "sha256": "${digestOf(KEY)}"}]}`)).toEqual([
      'has an object with a duplicate field (line 1 column 111)',
    ]);
    expect(mistakesOf(`{"consumers": [],\n "consumers": [${consumer}}]}`)).toEqual([
      'has an object with a duplicate field (line 2 column 2)',
    ]);
  });

  it('should refuse duplicate names and keys', () => {
    expect(
      mistakesIn(
        { name: 'acme', key: KEY },
        { name: 'acme', sha256: SHA256 },
        { name: 'other', sha256: [digestOf(KEY)] },
        { name: 'third', key: ['third-key-of-the-test', 'third-key-of-the-test'] },
      ),
    ).toEqual([
      'consumers.1 has the name of another consumer',
      'consumers.2 has a duplicate key, or the key of another consumer',
      'consumers.3 has a duplicate key, or the key of another consumer',
    ]);
  });

  it('should limit the number of consumers and of reported mistakes', () => {
    const many = Array.from({ length: 1_001 }, (_, index) => ({
      name: `consumer-${index}`,
      sha256: digestOf(`key of consumer-${index}`),
    }));
    expect(tableOf(...many.slice(1)).size).toBe(1_000);
    expect(mistakesIn(...many)).toEqual(['consumers must be at most 1000']);
    const lines = mistakesIn(...many.slice(1).map(({ name }) => ({ name })));
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('has 980 more mistakes');
  });

  it('should never quote the content of the file', () => {
    const secret = 'hunter2hunter2-é';
    const texts = [
      secret,
      `{"${secret}`,
      `{"consumers": [], "x": ${secret}}`,
      JSON.stringify({ [secret]: secret }),
      ...['name', 'key', 'sha256', 'expires', 'rate', secret].map((field) =>
        JSON.stringify({ consumers: [{ name: 'acme', sha256: SHA256, [field]: secret }, secret] }),
      ),
    ];
    for (const text of texts) expect(mistakesOf(text).join()).not.toContain('hunter2');
  });

  it('should report the position of invalid JSON', () => {
    expect(mistakesOf(`${'\n'.repeat(9)}           {"consumers" 1}`)).toEqual([
      'is not valid JSON (line 10 column 25)',
    ]);
    expect(mistakesOf('')).toEqual(['is not valid JSON']);
  });

  it('should report mistakes for any random text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(mistakesOf(text).length).toBeGreaterThan(0);
      }),
    );
  });

  it('should reject every truncated file', () => {
    const text = JSON.stringify({
      consumers: [
        { name: 'acme', sha256: SHA256 },
        { name: 'b', key: KEY },
      ],
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.length - 1 }), (length) => {
        expect(mistakesOf(text.slice(0, length))).toHaveLength(1);
      }),
    );
  });
});

describe('readKeyFile', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'document-gateway-keys-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('should give the text of a file', async () => {
    writeFileSync(join(folder, 'keys.json'), '{"consumers": []}');
    expect(await readKeyFile(join(folder, 'keys.json'))).toBe('{"consumers": []}');
  });

  it('should read a file of the maximum size of a Secret', async () => {
    writeFileSync(join(folder, 'largest.json'), 'x'.repeat(1024 * 1024));
    expect(await readKeyFile(join(folder, 'largest.json'))).toHaveLength(1024 * 1024);
  });

  it('should refuse a missing file, a folder and a large file, and name a missing file', async () => {
    writeFileSync(join(folder, 'large.json'), '');
    truncateSync(join(folder, 'large.json'), 1024 * 1024 + 1);
    const refusals = ['missing.json', '.', 'large.json'].map((name) =>
      readKeyFile(join(folder, name)).catch((error: unknown) => (error as KeyFileError).lines),
    );
    expect(await Promise.all(refusals)).toEqual([
      [`API_KEYS_FILE cannot be read: ENOENT ${join(folder, 'missing.json')}`],
      ['API_KEYS_FILE is not a file'],
      ['API_KEYS_FILE is larger than 1048576 bytes'],
    ]);
  });
});
