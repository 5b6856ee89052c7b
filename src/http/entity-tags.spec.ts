import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { namesStrongly, namesWeakly } from './entity-tags.ts';

const ours = '"5ZX-9m1n0v_4ZX9m1n0v4w"';

/** The characters that RFC 9110 section 8.8.3 allows between the quotes. */
const inside = fc.string({
  unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => (code === 0x22 ? '!' : String.fromCharCode(code))),
});
const anyTag = fc.tuple(fc.boolean(), inside).map(([weak, text]) => `${weak ? 'W/' : ''}"${text}"`);
const separator = fc.constantFrom(',', ', ', ' ,\t', ',,', ' , , ');

const listOf = (tags: readonly string[], between: string): string => tags.join(between);

describe('a list of entity tags', () => {
  it.each([
    [ours, true, true],
    [`W/${ours}`, true, false],
    [`"a", ${ours}`, true, true],
    [`"a",${ours},"b"`, true, true],
    [`W/${ours}, ${ours}`, true, true],
    [`W/"a", W/${ours}`, true, false],
    ['*', true, true],
    ['"a", "b"', false, false],
    [ours.slice(1, -1), false, false],
    [ours.toLowerCase(), false, false],
    [`"${ours.slice(1, -2)}"`, false, false],
    [`"a${ours.slice(1)}`, false, false],
    ['"*"', false, false],
    ['"a", *', false, false],
    ['', false, false],
    ['nonsense', false, false],
  ])('%s names it weakly: %s, strongly: %s', (field, weakly, strongly) => {
    expect([namesWeakly(field, ours), namesStrongly(field, ours)]).toEqual([weakly, strongly]);
  });

  it('names it when one of its members is it, and never otherwise', () => {
    fc.assert(
      fc.property(fc.array(anyTag, { maxLength: 5 }), fc.nat(5), separator, (others, at, between) => {
        fc.pre(!others.some((tag) => tag.includes(ours)));
        const without = listOf(others, between);
        expect([namesWeakly(without, ours), namesStrongly(without, ours)]).toEqual([false, false]);
        const strong = listOf(others.toSpliced(at, 0, ours), between);
        expect([namesWeakly(strong, ours), namesStrongly(strong, ours)]).toEqual([true, true]);
        const weak = listOf(others.toSpliced(at, 0, `W/${ours}`), between);
        expect([namesWeakly(weak, ours), namesStrongly(weak, ours)]).toEqual([true, false]);
      }),
    );
  });

  it('is parsed fast for any text', () => {
    const hostile = [`W/${ours}`.repeat(600), '"'.repeat(16_000), ours.slice(0, -2).repeat(600)];
    const startedAt = performance.now();
    for (const field of hostile) expect(namesStrongly(field, ours)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});
