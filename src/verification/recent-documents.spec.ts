import { describe, expect, it } from '@jest/globals';
import { RecentDocuments } from './verdict-memory.ts';
import type { Verification } from './verification.ts';

function whole(document: string, entityTag = document): Verification {
  const verdict = { intact: true, complete: true } as const;
  return { bytes: Buffer.from(document), format: undefined, verdict, entityTag };
}

describe('RecentDocuments', () => {
  it('should find what came twice in a row, by its bytes', () => {
    const recent = new RecentDocuments();
    recent.note(whole('document', 'a'));
    expect(recent.find(Buffer.from('document'))).toBeUndefined();
    recent.note(whole('document', 'a'));
    expect(recent.find(Buffer.from('document'))).toMatchObject({ entityTag: 'a' });
  });

  it('should not find other bytes of the same length', () => {
    const recent = new RecentDocuments();
    for (let time = 0; time < 2; time += 1) recent.note(whole('document', 'a'));
    expect(recent.find(Buffer.from('documenu'))).toBeUndefined();
  });

  it('should keep documents of different lengths', () => {
    const recent = new RecentDocuments();
    const documents = ['one', 'four', 'seven'];
    for (const document of [...documents, ...documents]) recent.note(whole(document));
    for (const document of documents) expect(recent.find(Buffer.from(document))?.entityTag).toBe(document);
  });

  it('should replace a document by another in its place', () => {
    const recent = new RecentDocuments();
    for (let time = 0; time < 2; time += 1) recent.note(whole('old'));
    recent.note(whole('new'));
    expect(recent.find(Buffer.from('old'))).toBeUndefined();
    expect(recent.find(Buffer.from('new'))).toBeUndefined();
  });

  it('should keep a damaged document, but not in the place of an intact one', () => {
    const recent = new RecentDocuments();
    const damaged = (document: string): Verification => ({
      ...whole(document, ''),
      verdict: { intact: false, reason: 'truncated' },
    });
    for (let time = 0; time < 2; time += 1) recent.note(damaged('broken'));
    expect(recent.find(Buffer.from('broken'))?.verdict.intact).toBe(false);
    for (let time = 0; time < 2; time += 1) recent.note(whole('intact'));
    recent.note(damaged('broken'));
    expect(recent.find(Buffer.from('intact'))?.verdict.intact).toBe(true);
  });

  it('should keep no large document', () => {
    const recent = new RecentDocuments();
    const large = Buffer.alloc(128 * 1024 + 1);
    for (let time = 0; time < 2; time += 1) recent.note({ ...whole('large'), bytes: large });
    expect(recent.find(large)).toBeUndefined();
  });
});
