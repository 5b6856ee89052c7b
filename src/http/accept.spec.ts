import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { acceptable } from './accept.ts';

const both = ['application/pdf', 'image/png'];
const accepted = (field?: string): string[] => [...acceptable(field, both)].sort();

describe('acceptable', () => {
  it.each([
    [undefined],
    ['*/*'],
    ['*/*;q=0.001'],
    ['application/*, image/*'],
    ['image/png, application/pdf'],
    ['IMAGE/PNG, Application/PDF'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
    ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2'],
    ['application/json, text/plain, */*'],
  ])('should be both for %s', (field) => {
    expect(accepted(field)).toEqual(both);
  });

  it.each([
    ['image/png', ['image/png']],
    ['image/*', ['image/png']],
    ['application/pdf;q=0.1, text/html', ['application/pdf']],
    ['application/pdf;q=0, */*', ['image/png']],
    ['*/*, application/pdf;q=0', ['image/png']],
    ['application/*;q=0, application/pdf;q=0.1', ['application/pdf']],
    ['*/*;q=0, image/png', ['image/png']],
    ['image/png;q=1.000', ['image/png']],
    ['image/webp;a="x,y;z", image/png', ['image/png']],
    ['image/png, "', ['image/png']],
  ])('should go by the most specific range: %s', (field, types) => {
    expect(accepted(field)).toEqual(types);
  });

  it.each([
    'text/html',
    'application/json',
    'application/problem+json',
    '*/*;q=0',
    '*/*;q=0.0',
    'image/png;q=0, application/pdf;q=0.000',
    // The types have no such parameter, so it means another type.
    'application/pdf;version=2',
    'image/png;q=nonsense',
  ])('should be neither for %s', (field) => {
    expect(accepted(field)).toEqual([]);
  });

  it.each(['', ' ', ',', ',,,', '*', 'nonsense', ';;', '"', 'q=0'])(
    'should treat %j, without a media range, like a missing field',
    (field) => {
      expect(accepted(field)).toEqual(both);
    },
  );

  it('should parse any text, fast', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (field) => {
        expect(both).toEqual(expect.arrayContaining(accepted(field)));
      }),
    );
    const startedAt = performance.now();
    for (const piece of ['a/b,', 'a/b;', '"', '\\"', ',/', 'a/b;a="'])
      accepted(piece.repeat(16_384 / piece.length));
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});
