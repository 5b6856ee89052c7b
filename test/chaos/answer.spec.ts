import { describe, expect, it } from '@jest/globals';
import { makeDocuments } from '../upstream/documents.ts';
import { judge } from './answer.ts';

const documents = makeDocuments();
const { pdf, damaged } = documents;
const document = { 'content-type': 'application/pdf', 'content-length': String(pdf.length) };
const problem = {
  type: 'urn:problem-type:document-gateway:overloaded',
  title: 'The service is overloaded',
  status: 503,
  detail: 'Try again later.',
  instance: 'r-1',
};
const headers = {
  'content-type': 'application/problem+json',
  'cache-control': 'no-store',
  'retry-after': '1',
  'x-request-id': 'r-1',
};

function kindOf(
  status: number,
  given: Record<string, string>,
  body: Buffer | object,
  secrets: string[] = [],
): string {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return judge(status, given, bytes, documents, secrets).kind;
}

describe('judge', () => {
  it('should know an intact document and a problem', () => {
    expect(kindOf(200, document, pdf)).toBe('intact');
    expect(kindOf(503, headers, problem)).toBe('overloaded');
  });

  it('should call anything else under a 200 damaged', () => {
    expect(kindOf(200, document, damaged)).toBe('damaged');
    expect(kindOf(200, document, pdf.subarray(1))).toBe('damaged');
    expect(kindOf(200, { ...document, 'content-type': 'image/png' }, pdf)).toBe('damaged');
    expect(kindOf(200, { ...document, 'content-length': '1' }, pdf)).toBe('damaged');
  });

  it.each([
    ['another media type', { ...headers, 'content-type': 'application/json' }, problem],
    ['permission to cache it', { ...headers, 'cache-control': 'private' }, problem],
    ['no time to come back after', { ...headers, 'retry-after': '' }, problem],
    ['another status inside', headers, { ...problem, status: 500 }],
    ['another request id', headers, { ...problem, instance: 'r-2' }],
    ['an unknown type', headers, { ...problem, type: 'about:blank' }],
    ['no problem inside', headers, Buffer.from('<html>')],
  ])('should call an error off the contract that has %s', (_what, given, body) => {
    expect(kindOf(503, given, body)).toBe('off-contract');
  });

  it('should call an error with a secret off-contract', () => {
    expect(kindOf(503, headers, { ...problem, detail: 'no answer from 10.0.0.1' }, ['10.0.0.1'])).toBe(
      'off-contract',
    );
  });
});
