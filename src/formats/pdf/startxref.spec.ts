import { describe, expect, it } from '@jest/globals';
import { Damage } from './damage.ts';
import { findStartxref, type Startxref } from './startxref.ts';

const find = (text: string): Startxref => findStartxref(Buffer.from(text, 'latin1'));

/** The reason and the offset of the damage. */
function damage(text: string): readonly [string, number | undefined] {
  try {
    find(text);
  } catch (error) {
    if (error instanceof Damage) return [error.reason, error.offset];
    throw error;
  }
  throw new Error('it was found');
}

describe('findStartxref', () => {
  it('should find its offset, and the offset that it contains', () => {
    expect(find('startxref\n12\n%%EOF')).toEqual({ at: 0, offset: 12 });
    expect(find('body startxref\r\n0\r\n%%EOF\r\n\0\0')).toEqual({ at: 5, offset: 0 });
  });

  it('should take the last one after updates', () => {
    expect(find('startxref\n1\n%%EOF\nstartxref\n2\n%%EOF').offset).toBe(2);
    expect(find('startxref\n1\n%%EOF\n%%EOF').offset).toBe(1);
  });

  it('should skip comments between the offset and the end', () => {
    expect(find('startxref\n1\n%a comment\n%%EOF').offset).toBe(1);
  });

  it.each([
    ['nothing at all', '', 0],
    ['no end', 'startxref\n12\n', 13],
    ['an end alone', '%%EOF', 5],
    ['an end that is cut', 'startxref\n12\n%%EO', 17],
    ['no offset', 'ab startxref\n%%EOF', 3],
    ['an offset with a sign', 'startxref\n-1\n%%EOF', 0],
    ['an offset of too many digits', `startxref\n${'1'.repeat(16)}\n%%EOF`, 0],
    ['something between offset and end', 'startxref\n12\nxref\n%%EOF', 0],
  ])('should report a document with %s as truncated', (_, text, offset) => {
    expect(damage(text)).toEqual(['truncated', offset]);
  });

  it('should search as many bytes as readers', () => {
    const padding = (bytes: number): string => '\x01'.repeat(bytes);
    expect(find(`startxref\n1\n%%EOF${padding(1_019)}`).offset).toBe(1);
    expect(damage(`startxref\n1\n%%EOF${padding(1_020)}`)[0]).toBe('truncated');
    const spaces = (bytes: number): string => ' '.repeat(bytes);
    expect(find(`startxref\n1${spaces(1_013)}%%EOF`).offset).toBe(1);
    expect(damage(`startxref\n1${spaces(1_014)}%%EOF`)[0]).toBe('truncated');
  });

  it('should accept padding after the end, but not text', () => {
    for (const padding of ['\n', '  ', '\n\0\x03', '\x7f', '\x80\xff', '\x1f']) {
      expect(find(`startxref\n1\n%%EOF${padding}`).offset).toBe(1);
    }
    for (const text of ['!', '~', '\n<html>', '  1']) {
      expect(damage(`startxref\n1\n%%EOF${text}`)).toEqual(['trailing-data', 17 + text.search(/\S/)]);
    }
  });

  it('should accept one repeated byte, and NULs unless an update may be lost in them', () => {
    expect(find(`startxref\n1\n%%EOF\n${'@'.repeat(42)}\n`).offset).toBe(1);
    expect(damage(`startxref\n1\n%%EOF\n${'@'.repeat(42)}A`)[0]).toBe('trailing-data');
    expect(find(`startxref\n1\n%%EOF\n${'\0'.repeat(1_000)}`).offset).toBe(1);
    expect(damage(`startxref\n1\n%%EOF\n${'\0'.repeat(3_000)}`)[0]).toBe('truncated');
  });

  it('should accept data that fill the last sector, except an error page and the start of an update', () => {
    const filled = (text: string): string => `startxref\n1\n%%EOF\n${text}`.padEnd(512, ' and so on');
    expect(find(filled('e /Flags 39')).offset).toBe(1);
    expect(damage(`${filled('e /Flags 39')}x`)[0]).toBe('trailing-data');
    expect(find(filled('e /Flags 39').padStart(1_024)).offset).toBe(1);
    for (const text of ['<html>', '12 0 obj', 'xref\n0 1'])
      expect(damage(filled(text))[0]).toBe('trailing-data');
  });
});
