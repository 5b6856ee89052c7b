import { crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { makePng } from '../../test/upstream/documents.ts';
import { png } from '../formats/png.ts';
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

  it('should change with any byte of a PNG that is intact nonetheless', () => {
    const bytes = makePng({ bytes: 20_000 });
    const tags = new Set([entityTag(bytes)]);
    let others = 0;
    // A chunk cannot change without its CRC, so of large chunks only the CRC is in the tag.
    for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
      const end = at + 8 + bytes.readUInt32BE(at);
      for (let changed = at + 8; changed < end; changed += 97) {
        const other = Buffer.from(bytes);
        other.writeUInt8(other.readUInt8(changed) ^ 0x10, changed);
        other.writeUInt32BE(crc32(other.subarray(at + 4, end)), end);
        if (!png.verify(other, { level: 'deep', units: 0 }).intact) continue;
        others += 1;
        tags.add(entityTag(other));
      }
    }
    expect(others).toBeGreaterThan(100);
    expect(tags.size).toBe(others + 1);
  });

  it('should exist for any bytes with the signature of a PNG', () => {
    const looksLike = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4_000 }), (rest) => {
        expect(entityTag(Buffer.concat([looksLike, rest]))).toMatch(/^"[\w-]{22}"$/);
      }),
    );
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
