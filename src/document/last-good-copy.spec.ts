import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/eventually.ts';
import { Deadline } from '../resilience/deadline.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import type { VerifiedDocument } from './document-source.ts';
import { buildDocumentMetrics } from './document.metrics.fixture.ts';
import { LastGoodCopy } from './last-good-copy.ts';

const metrics = await buildDocumentMetrics();

const failure = new UpstreamFailure('reset', 'reset');

/** The link over a source that delivers the given documents, and then fails. */
function copies(
  maxAgeSeconds = 60,
  maxBytes?: number,
): {
  keep(id: string, document: VerifiedDocument): Promise<void>;
  /** The upstream answers that there is no such document. */
  miss(id: string): Promise<void>;
  find(id: string): Promise<VerifiedDocument | undefined>;
} {
  let next: VerifiedDocument | undefined;
  let error = failure;
  const source = { fetch: () => (next === undefined ? Promise.reject(error) : Promise.resolve(next)) };
  const link = new LastGoodCopy(source, metrics, maxAgeSeconds, maxBytes);
  const fetch = (id: string): Promise<VerifiedDocument> => {
    const deadline = new Deadline(60_000);
    deadline.clear();
    return link.fetch({ id, deadline, signal: deadline.signal, headers: {}, record: {}, span: undefined });
  };
  return {
    keep: async (id, document) => {
      next = document;
      expect(await fetch(id)).toBe(document);
      next = undefined;
    },
    miss: async (id) => {
      error = new UpstreamFailure('not-found', 'the upstream answered 404');
      await expect(fetch(id)).rejects.toBe(error);
      error = failure;
    },
    find: async (id) => {
      try {
        return await fetch(id);
      } catch (error) {
        expect(error).toBe(failure);
        return undefined;
      }
    },
  };
}

const format = { mediaType: 'image/png', extension: 'png' };
const document = (bytes: number): VerifiedDocument => ({
  bytes: Buffer.alloc(bytes),
  format,
  entityTag: `"${bytes}"`,
  release: () => {
    throw new Error('the copy is not counted in the budget');
  },
});

describe('LastGoodCopy', () => {
  it('should find the last document of an id, with its age, and of no other id', async () => {
    const kept = copies();
    await kept.keep('1', document(10));
    await kept.keep('1', document(20));
    const found = await kept.find('1');
    expect(found).toMatchObject({ ageSeconds: 0, format, entityTag: '"20"' });
    expect(found?.bytes).toHaveLength(20);
    expect(await kept.find('01')).toBeUndefined();
  });

  it('should keep the bytes of the document alone, and not the larger buffer that they came in', async () => {
    const kept = copies();
    await kept.keep('1', { ...document(0), bytes: Buffer.allocUnsafeSlow(65_536).fill(7).subarray(0, 100) });
    const bytes = (await kept.find('1'))?.bytes;
    expect(bytes).toEqual(Buffer.alloc(100, 7));
    expect(bytes?.buffer.byteLength).toBe(100);
  });

  it('should forget a document that the upstream no longer has', async () => {
    const kept = copies();
    await kept.keep('1', document(10));
    await kept.keep('2', document(20));
    await kept.miss('1');
    expect(await kept.find('1')).toBeUndefined();
    expect(await kept.find('2')).toBeDefined();
  });

  it('should count what a copy takes beside its bytes', async () => {
    const kept = copies(60, 10 * 1_024 + 10);
    for (let id = 1; id <= 20; id += 1) await kept.keep(String(id), document(1));
    expect(await kept.find('10')).toBeUndefined();
    expect(await kept.find('11')).toBeDefined();
  });

  it('should not hold the memory of the request that fetched it', async () => {
    const kept = copies();
    await kept.keep('1', document(10));
    const found = await kept.find('1');
    expect(found?.release).not.toThrow();
  });

  it('should limit its bytes, and drop the least recently used copy first', async () => {
    const kept = copies(60, 4_000);
    await kept.keep('1', document(900));
    await kept.keep('2', document(900));
    await kept.find('1');
    await kept.keep('3', document(900));
    const found = await Promise.all(['1', '2', '3'].map((id) => kept.find(id)));
    expect(found.map((document) => document?.bytes.length)).toEqual([900, undefined, 900]);
  });

  it('should not keep a document above the limit, nor an older copy', async () => {
    const kept = copies(60, 2_000);
    await kept.keep('1', document(900));
    await kept.keep('2', document(1_001));
    expect(await kept.find('2')).toBeUndefined();
    expect(await kept.find('1')).toBeDefined();
  });

  it('should not return a copy above the maximum age', async () => {
    const kept = copies(1);
    await kept.keep('1', document(10));
    expect(await kept.find('1')).toBeDefined();
    await eventually(async () => {
      expect(await kept.find('1')).toBeUndefined();
    });
  });
});
