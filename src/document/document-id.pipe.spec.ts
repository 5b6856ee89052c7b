import { describe, expect, it } from '@jest/globals';
import { Problem } from '../problem/problem.ts';
import { DocumentIdPipe } from './document-id.pipe.ts';
import { documentConfig } from './document.config.ts';

const pipeFor = (pattern = ''): DocumentIdPipe =>
  new DocumentIdPipe(documentConfig({ DOCUMENT_ID_PATTERN: pattern }));

function refusal(id: string, pipe = pipeFor()): unknown {
  try {
    return `taken: ${pipe.transform(id)}`;
  } catch (error) {
    return error instanceof Problem ? error.type : error;
  }
}

describe('DocumentIdPipe', () => {
  it.each(['0', '7', '007', '9223372036854775808', '99999999999999999999'])(
    'should accept %s unchanged',
    (id) => {
      expect(pipeFor().transform(id)).toBe(id);
    },
  );

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
  ])('should refuse %j', (id) => {
    expect(refusal(id)).toBe('malformed-id');
  });

  it('should follow another pattern', () => {
    const pipe = pipeFor('[a-z]{3}');
    expect(pipe.transform('abc')).toBe('abc');
    expect(refusal('123', pipe)).toBe('malformed-id');
  });

  it('should never accept a dot segment, for any pattern', () => {
    const pipe = pipeFor('.*');
    expect(['.', '..'].map((id) => refusal(id, pipe))).toEqual(['malformed-id', 'malformed-id']);
    expect(pipe.transform('a.b')).toBe('a.b');
  });

  it('should not repeat the id in its answer', () => {
    expect.assertions(1);
    try {
      pipeFor().transform('<script>');
    } catch (error) {
      expect((error as Problem).toBody('id')).not.toContain('script');
    }
  });
});
