import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/eventually.ts';
import { parseSettings } from '../settings/settings.ts';
import type { VerifiedDocument } from './document-fetcher.ts';
import { LastGoodCopies } from './last-good-copies.ts';

const copies = (env: Readonly<Record<string, string>>): LastGoodCopies =>
  new LastGoodCopies(parseSettings({ API_KEY: 'a-key', ...env }));

const format = { mediaType: 'image/png', extension: 'png' };
const document = (bytes: number): VerifiedDocument => ({
  bytes: Buffer.alloc(bytes),
  format,
  entityTag: `"${bytes}"`,
  release: () => {
    throw new Error('the copy is not counted in the budget');
  },
});

describe('LastGoodCopies', () => {
  it('should keep nothing unless it is switched on', () => {
    const off = copies({});
    off.keep('1', document(10));
    expect(off.find('1')).toBeUndefined();
  });

  it('should find the last document of an id, with its age, and of no other id', () => {
    const kept = copies({ STALE_IF_ERROR_SECONDS: '60' });
    kept.keep('1', document(10));
    kept.keep('1', document(20));
    expect(kept.find('1')).toMatchObject({ ageSeconds: 0, document: { format, entityTag: '"20"' } });
    expect(kept.find('1')?.document.bytes).toHaveLength(20);
    expect(kept.find('01')).toBeUndefined();
  });

  it('should keep the bytes of the document alone, and not the larger buffer that they came in', () => {
    const kept = copies({ STALE_IF_ERROR_SECONDS: '60' });
    kept.keep('1', { ...document(0), bytes: Buffer.allocUnsafeSlow(65_536).fill(7).subarray(0, 100) });
    const bytes = kept.find('1')?.document.bytes;
    expect(bytes).toEqual(Buffer.alloc(100, 7));
    expect(bytes?.buffer.byteLength).toBe(100);
  });

  it('should have no hold on the memory of the request that brought it', () => {
    const kept = copies({ STALE_IF_ERROR_SECONDS: '60' });
    kept.keep('1', document(10));
    expect(() => kept.find('1')?.document.release()).not.toThrow();
  });

  it('should keep no more bytes than it may, and forget first what was not used for longest', () => {
    const kept = copies({ STALE_IF_ERROR_SECONDS: '60', STALE_MAX_BYTES: '2000' });
    kept.keep('1', document(900));
    kept.keep('2', document(900));
    kept.find('1');
    kept.keep('3', document(900));
    expect(['1', '2', '3'].filter((id) => kept.find(id) !== undefined)).toEqual(['1', '3']);
  });

  it('should not keep what is larger than all it may keep, nor an older copy instead', () => {
    const kept = copies({ STALE_IF_ERROR_SECONDS: '60', STALE_MAX_BYTES: '2000' });
    kept.keep('1', document(900));
    kept.keep('2', document(2_001));
    expect(kept.find('2')).toBeUndefined();
    expect(kept.find('1')).toBeDefined();
  });

  it('should find nothing that is older than it may be', async () => {
    const kept = copies({ STALE_IF_ERROR_SECONDS: '1' });
    kept.keep('1', document(10));
    expect(kept.find('1')).toBeDefined();
    await eventually(() => {
      expect(kept.find('1')).toBeUndefined();
    });
  });
});
