import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { duplicateField } from './duplicate-fields.ts';

describe('duplicateField', () => {
  it.each([
    ['in one object', '{"a": 1, "b": 2, "a": 1}', 17],
    ['in an object within others', '{"a": [{"b": {"c": 1, "c": 2}}]}', 22],
    ['written in another way', '{"name": 1, "n\\u0061me": 2}', 12],
    ['after a value that holds brackets and quotes', '{"a": "}]{\\"[", "a": 1}', 16],
    ['without a name', '{"": 1, "": 2}', 8],
    ['that JavaScript has a meaning for', '{"__proto__": 1, "__proto__": 2}', 17],
    ['whose first value is an object', '{"a": {"a": 1}, "a": 2}', 16],
  ])('should find a duplicate field %s', (_, text, at) => {
    expect(duplicateField(text)).toBe(at);
  });

  it.each([
    '{"a": {"a": {"a": 1}}}',
    '[{"a": 1}, {"a": 1}]',
    '{"a": "b", "b": "a"}',
    '{"a": ["a", "a"], "A": 1}',
    '"a"',
    '1',
  ])('should find none in %s', (text) => {
    expect(duplicateField(text)).toBeUndefined();
  });

  it('should find none in the output of JSON.stringify, and one after a field is repeated', () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (json, name) => {
        expect(duplicateField(json)).toBeUndefined();
        const field = `${JSON.stringify(name)}: ${json}`;
        expect(duplicateField(`{${field}, ${field}}`)).toBe(field.length + 3);
      }),
    );
  });
});
