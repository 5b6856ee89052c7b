import { describe, expect, it } from '@jest/globals';
import { authConfig } from './auth.config.ts';
import { digestOf, parseKeyFile } from './key-file.ts';
import { KeyStore } from './key-store.ts';

const storeOf = (keys: string): KeyStore => new KeyStore(authConfig({ API_KEY: keys }));
const fileOf = (...consumers: object[]): ReturnType<typeof parseKeyFile> =>
  parseKeyFile(JSON.stringify({ consumers }));

describe('KeyStore', () => {
  it('should name the consumer by the position of its key', () => {
    const store = storeOf('first-key-of-two,second-key-of-two');
    expect(store.consumerOf('first-key-of-two')).toEqual({ name: 'key-1' });
    expect(store.consumerOf('second-key-of-two')).toEqual({ name: 'key-2' });
  });

  it.each(['', ' ', 'first', 'first-key-of-two ', 'FIRST-KEY-OF-TWO', 'first-key-of-two,second-key-of-two'])(
    'should find no consumer for %j',
    (key) => {
      expect(storeOf('first-key-of-two,second-key-of-two').consumerOf(key)).toBeUndefined();
    },
  );

  it('should accept a key of any length', () => {
    expect(storeOf('a-key').consumerOf('a'.repeat(1_000_000))).toBeUndefined();
  });

  it('should also find those of a file, given as keys or digests', () => {
    const store = storeOf('first-key-of-two');
    store.useFile(
      fileOf({ name: 'acme', key: 'key-of-acme-acme' }, { name: 'b', sha256: digestOf('key-of-b-of-b-b-') }),
    );
    expect(store.consumerOf('first-key-of-two')?.name).toBe('key-1');
    expect(store.consumerOf('key-of-acme-acme')?.name).toBe('acme');
    expect(store.consumerOf('key-of-b-of-b-b-')?.name).toBe('b');
    expect([...store.consumers].map(({ name }) => name)).toEqual(['key-1', 'acme', 'b']);
  });

  it('should forget those of the previous file', () => {
    const store = storeOf('first-key-of-two');
    store.useFile(fileOf({ name: 'acme', key: 'key-of-acme-acme' }));
    store.useFile(fileOf({ name: 'b', key: 'key-of-b-of-b-b-' }));
    expect(store.consumerOf('key-of-acme-acme')).toBeUndefined();
    expect(store.consumerOf('key-of-b-of-b-b-')?.name).toBe('b');
    expect(store.consumerOf('first-key-of-two')?.name).toBe('key-1');
  });

  it('should use name and expiry of the file for a key in both', () => {
    const store = storeOf('first-key-of-two');
    const file = fileOf({ name: 'acme', key: 'first-key-of-two', expires: '2020-01-01T00:00:00Z' });
    store.useFile(file);
    expect(store.consumerOf('first-key-of-two')).toEqual({ name: 'acme', expiresAt: Date.UTC(2020, 0, 1) });
  });

  it.each(['', 'x', 'fifteen-letters'])('should not look up %j in the file', (key) => {
    const store = storeOf('first-key-of-two');
    store.useFile(new Map([[digestOf(key), { name: 'acme' }]]));
    expect(store.consumerOf(key)).toBeUndefined();
  });

  it('should accept a short key of API_KEY, but not an empty one', () => {
    expect(storeOf('x').consumerOf('x')?.name).toBe('key-1');
    expect(storeOf('x').consumerOf('')).toBeUndefined();
  });

  it('should not accept a digest as a key', () => {
    expect(storeOf('first-key-of-two').consumerOf(digestOf('first-key-of-two'))).toBeUndefined();
  });

  it('should not show keys when printed', () => {
    const store = storeOf('first-key-of-two');
    expect(JSON.stringify(store)).not.toContain('first-key');
    expect(Object.values(store)).toEqual([]);
  });
});
