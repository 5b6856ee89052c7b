import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { entityTag } from './entity-tag.ts';

describe('entityTag', () => {
  it('should be a strong tag that needs no escaping', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(entityTag(bytes)).toMatch(/^"[\w-]{22}"$/);
      }),
    );
  });

  it('should be the same for equal bytes, wherever they are', () => {
    const whole = Buffer.from('xx a document');
    expect(entityTag(whole.subarray(2))).toBe(entityTag(Buffer.from(' a document')));
  });

  it('should stay as it is: clients hold tags of former releases', () => {
    expect(entityTag(Buffer.from('a document'))).toBe('"DR2lE4wDX_t6hIz6EIqQGy"');
  });

  it('should change with any bit', () => {
    const bytes = Buffer.alloc(64);
    const tags = new Set([entityTag(bytes), entityTag(bytes.subarray(1))]);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(1 << (bit % 8), bit >> 3);
      tags.add(entityTag(flipped));
    }
    expect(tags.size).toBe(2 + bytes.length * 8);
  });
});
