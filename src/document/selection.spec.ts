import { describe, expect, it } from '@jest/globals';
import { Problem } from '../problem/problem.ts';
import { assertAcceptable, select } from './selection.ts';

const bytes = Buffer.from(Array.from({ length: 100 }, (_, i) => i));
const tag = '"tag"';
const document = { bytes, entityTag: tag, format: { mediaType: 'application/pdf', extension: 'pdf' } };
type Headers = Readonly<Record<string, string>>;

/** The selection as text: its status, or the range. */
function selected(headers: Headers, method = 'GET'): string {
  try {
    const selection = select({ method, headers }, document);
    if (selection.status === 304) return '304';
    if (selection.status === 200) return selection.bytes.equals(bytes) ? 'whole' : 'not whole';
    return `${selection.contentRange} (${selection.bytes[0]} to ${selection.bytes.at(-1)})`;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [error.type, error.headers['content-range']].filter(Boolean).join(', ');
  }
}

describe('select', () => {
  const cases: readonly [Headers, string][] = [
    [{}, 'whole'],

    [{ 'if-none-match': tag }, '304'],
    [{ 'if-none-match': 'W/"tag"' }, '304'],
    [{ 'if-none-match': '"a", "tag"' }, '304'],
    [{ 'if-none-match': '*' }, '304'],
    [{ 'if-none-match': '"another"' }, 'whole'],

    [{ 'if-match': tag }, 'whole'],
    [{ 'if-match': '*' }, 'whole'],
    [{ 'if-match': '"a", "tag"' }, 'whole'],
    [{ 'if-match': 'W/"tag"' }, 'precondition-failed'],
    [{ 'if-match': '"another"' }, 'precondition-failed'],
    [{ 'if-match': '' }, 'precondition-failed'],

    // Section 13.2.2: If-Match comes first.
    [{ 'if-match': '"another"', 'if-none-match': tag }, 'precondition-failed'],
    [{ 'if-match': tag, 'if-none-match': tag }, '304'],

    // Sections 13.1.3 and 13.1.4: documents have no date to compare with.
    [{ 'if-modified-since': 'Fri, 20 Nov 2099 00:00:00 GMT' }, 'whole'],
    [{ 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 'whole'],
    [{ 'if-none-match': '"another"', 'if-modified-since': 'Fri, 20 Nov 2099 00:00:00 GMT' }, 'whole'],

    // Without If-Range, a client could combine ranges of different documents.
    [{ range: 'bytes=0-9' }, 'whole'],
    [{ range: 'bytes=1000-' }, 'whole'],
    [{ range: 'bytes=0-9', 'if-match': tag }, 'whole'],
    [{ 'if-range': tag }, 'whole'],

    [{ range: 'bytes=10-19', 'if-range': tag }, 'bytes 10-19/100 (10 to 19)'],
    [{ range: 'bytes=90-', 'if-range': tag }, 'bytes 90-99/100 (90 to 99)'],
    [{ range: 'bytes=-5', 'if-range': tag }, 'bytes 95-99/100 (95 to 99)'],
    [{ range: 'bytes=0-', 'if-range': tag }, 'bytes 0-99/100 (0 to 99)'],
    [{ range: 'bytes=100-', 'if-range': tag }, 'range-not-satisfiable, bytes */100'],
    [{ range: 'bytes=-0', 'if-range': tag }, 'range-not-satisfiable, bytes */100'],
    [{ range: 'bytes=0-1,5-6', 'if-range': tag }, 'whole'],
    [{ range: 'items=0-9', 'if-range': tag }, 'whole'],
    [{ range: 'nonsense', 'if-range': tag }, 'whole'],

    // Section 13.1.5: exactly one strong tag, and no date.
    [{ range: 'bytes=0-9', 'if-range': '"another"' }, 'whole'],
    [{ range: 'bytes=0-9', 'if-range': 'W/"tag"' }, 'whole'],
    [{ range: 'bytes=0-9', 'if-range': '*' }, 'whole'],
    [{ range: 'bytes=0-9', 'if-range': '"a", "tag"' }, 'whole'],
    [{ range: 'bytes=0-9', 'if-range': 'Fri, 20 Nov 2099 00:00:00 GMT' }, 'whole'],
    [{ range: 'bytes=1000-', 'if-range': '"another"' }, 'whole'],

    // Section 13.2.2: If-Range comes last.
    [{ range: 'bytes=0-9', 'if-range': tag, 'if-none-match': tag }, '304'],
    [{ range: 'bytes=0-9', 'if-range': tag, 'if-match': '"another"' }, 'precondition-failed'],

    // Section 13.2.1: conditions are ignored unless the answer without them would be a success.
    [{ accept: 'image/*' }, 'not-acceptable'],
    [{ accept: 'image/*', 'if-none-match': tag }, 'not-acceptable'],
    [{ accept: 'image/*', 'if-match': '"another"' }, 'not-acceptable'],
    [{ accept: 'image/*', range: 'bytes=1000-', 'if-range': tag }, 'not-acceptable'],
    [{ accept: 'application/pdf', 'if-none-match': tag }, '304'],
  ];

  it.each(cases)('should answer GET with %j: %s', (headers, expected) => {
    expect(selected(headers)).toBe(expected);
  });

  it.each(cases)('should answer HEAD with %j alike, but never with a part', (headers, expected) => {
    expect(selected(headers, 'HEAD')).toBe(/^bytes|^range/.test(expected) ? 'whole' : expected);
  });
});

describe('assertAcceptable', () => {
  it('should accept a request that some document can satisfy', () => {
    for (const accept of [undefined, '*/*', 'image/png', 'application/*', 'text/html, image/*;q=0.1', '']) {
      expect(() => {
        assertAcceptable({ method: 'GET', headers: { accept } });
      }).not.toThrow();
    }
  });

  it('should refuse a request that no document can satisfy, and name the types', () => {
    expect(() => {
      assertAcceptable({ method: 'GET', headers: { accept: 'text/html' } });
    }).toThrow(
      expect.objectContaining({ type: 'not-acceptable', message: expect.stringContaining('image/png') }),
    );
  });
});
