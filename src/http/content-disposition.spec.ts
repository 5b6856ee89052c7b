import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contentDisposition } from './content-disposition.ts';

describe('contentDisposition', () => {
  it.each([
    ['7', 'inline; filename="7.pdf"'],
    ['a-b_c.d', 'inline; filename="a-b_c.d.pdf"'],
    ['é', `inline; filename="_.pdf"; filename*=UTF-8''%C3%A9.pdf`],
    ['a b', `inline; filename="a_b.pdf"; filename*=UTF-8''a%20b.pdf`],
    [`a'(b)*`, `inline; filename="a__b__.pdf"; filename*=UTF-8''a%27%28b%29%2A.pdf`],
    ['a"b;c\r\nd', `inline; filename="a_b_c__d.pdf"; filename*=UTF-8''a%22b%3Bc__d.pdf`],
    ['../a\\b', `inline; filename=".._a_b.pdf"; filename*=UTF-8''.._a_b.pdf`],
  ])('should name the file after the id %j', (id, expected) => {
    expect(contentDisposition('inline', id, 'pdf')).toBe(expected);
  });

  it('should be well-formed for any id, and contain it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (id) => {
        const value = contentDisposition('attachment', id, 'png');
        // The syntax of RFC 6266 section 4.1, with the characters of RFC 8187 section 3.2.1.
        const form =
          /^attachment; filename="[\w.-]+"(?:; filename\*=UTF-8''((?:[\w.~!#$&+^`|-]|%[\dA-F]{2})+))?$/;
        const [, encoded] = form.exec(value) ?? [];
        expect(value).toMatch(form);
        const name = encoded === undefined ? /"(.*)"/.exec(value)?.[1] : decodeURIComponent(encoded);
        expect(name).toBe(`${id.toWellFormed().replaceAll(/[\p{Cc}/\\]/gu, '_')}.png`);
      }),
    );
  });
});
