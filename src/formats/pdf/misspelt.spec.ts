import { describe, expect, it } from '@jest/globals';
import { isMisspelt } from './misspelt.ts';
import { damaged, exchanged, intact, verify, withObject } from './verify.fixture.ts';

function check(name: string): boolean {
  const bytes = Buffer.from(`/${name}/Next`, 'latin1');
  return isMisspelt(bytes, 1, name.length + 1);
}

describe('isMisspelt', () => {
  it('should find standard names that differ in one bit', () => {
    for (const name of ['MediaBox', 'Contents', 'ColorSpace', 'BitsPerComponent', 'DeviceGray']) {
      for (let at = 0; at < name.length; at++) {
        for (const bit of [0, 1, 2, 3, 4, 6, 7]) {
          const bytes = Buffer.from(name);
          bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
          expect(check(bytes.toString('latin1'))).toBe(true);
        }
      }
    }
  });

  it('should find a standard name whose following white space was damaged', () => {
    expect(check('ColorSpace\xa0')).toBe(true);
    expect(check('ColorSpace`')).toBe(true);
  });

  it.each([
    'Contents',
    'contents',
    'Content',
    'Contonts',
    'FontFile2',
    'Identity-V',
    'Font',
    'Fomt',
    'Image1',
    'Widths_',
  ])('should take %s as a different name', (name) => {
    expect(check(name)).toBe(false);
  });

  it('should report a document with such a key as damaged', () => {
    const builder = withObject('<</Width 3>>');
    expect(verify(builder)).toEqual(intact);
    expect(verify(exchanged(builder, '/Width', '/Wifth'))).toEqual(damaged('object-malformed'));
    expect(verify(exchanged(builder, '/MediaBox', '/MediaBoy'))).toEqual(damaged('object-malformed'));
  });
});
