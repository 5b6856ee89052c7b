import { describe, expect, it } from '@jest/globals';
import { documentConfig, isDocumentId } from './document.config.ts';

/** Whether the id is accepted with this `DOCUMENT_ID_PATTERN`. */
const accepts = (id: string, pattern = ''): boolean =>
  isDocumentId(id, documentConfig({ DOCUMENT_ID_PATTERN: pattern }).idPattern);

describe('a document id', () => {
  it.each(['0', '7', '007', '9223372036854775808', '99999999999999999999'])('can be %s', (id) => {
    expect(accepts(id)).toBe(true);
  });

  it.each([
    '',
    '123456789012345678901',
    '-1',
    '+1',
    '1.0',
    '1e3',
    '0x1',
    ' 1',
    '1 ',
    '1\n',
    '1\0',
    '\0',
    '١٢٣',
    '１２３',
    '1/2',
    '../..',
    '..',
    '.',
    '__proto__',
    '1'.repeat(100_000),
  ])('cannot be %j', (id) => {
    expect(accepts(id)).toBe(false);
  });

  it('should follow another pattern', () => {
    expect(accepts('abc', '[a-z]{3}')).toBe(true);
    expect(accepts('123', '[a-z]{3}')).toBe(false);
  });

  it('should never be a dot segment, for any pattern', () => {
    expect(['.', '..', 'a.b'].map((id) => accepts(id, '.*'))).toEqual([false, false, true]);
  });
});
