import { describe, expect, it } from '@jest/globals';
import { parseSettings } from '../settings/settings.ts';
import { KeyStore } from './key-store.ts';

const storeOf = (keys: string): KeyStore => new KeyStore(parseSettings({ API_KEY: keys }));

describe('KeyStore', () => {
  it('should know the consumer by the place of its key', () => {
    const store = storeOf('first-key-of-two,second-key-of-two');
    expect(store.consumerOf('first-key-of-two')).toBe('key-1');
    expect(store.consumerOf('second-key-of-two')).toBe('key-2');
  });

  it.each(['', ' ', 'first', 'first-key-of-two ', 'FIRST-KEY-OF-TWO', 'first-key-of-two,second-key-of-two'])(
    'should know nobody by %j',
    (key) => {
      expect(storeOf('first-key-of-two,second-key-of-two').consumerOf(key)).toBeUndefined();
    },
  );

  it('should bear a key of any length', () => {
    expect(storeOf('a-key').consumerOf('a'.repeat(1_000_000))).toBeUndefined();
  });

  it('should not show a key to whoever prints it', () => {
    const store = storeOf('first-key-of-two');
    expect(JSON.stringify(store)).not.toContain('first-key');
    expect(Object.values(store)).toEqual([]);
  });
});
