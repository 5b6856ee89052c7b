import { describe, expect, it } from '@jest/globals';
import { replaceSections } from './sections.ts';

describe('the sections of a page', () => {
  it('should be replaced only between their markers', () => {
    const page = 'before\n<!-- a -->\nold\n<!-- /a -->\nbetween\n<!-- b --><!-- /b -->\nafter';
    const replaced = replaceSections(
      page,
      new Map([
        ['a', 'new $& text'],
        ['b', 'more'],
      ]),
    );
    expect(replaced).toBe(
      'before\n<!-- a -->\n\nnew $& text\n\n<!-- /a -->\nbetween\n<!-- b -->\n\nmore\n\n<!-- /b -->\nafter',
    );
  });

  it('should stay the same when they are written again', () => {
    const sections = new Map([['a', 'text']]);
    const once = replaceSections('<!-- a --><!-- /a -->', sections);
    expect(replaceSections(once, sections)).toBe(once);
  });

  it('should all exist', () => {
    expect(() => replaceSections('<!-- a -->', new Map([['a', 'text']]))).toThrow('no section a');
  });
});
