import { describe, expect, it } from '@jest/globals';
import { Problem } from '../problem/problem.ts';
import { rawProblem } from './connections.ts';

describe('rawProblem', () => {
  it('should be a whole answer that ends its connection', () => {
    const raw = rawProblem(
      new Problem('headers-too-large', 'Schade: zu groß.', { headers: { allow: 'GET' } }),
      'id-1',
    );
    const [head = '', body = ''] = raw.split('\r\n\r\n');
    const [statusLine, ...headers] = head.split('\r\n');
    expect(statusLine).toBe('HTTP/1.1 431 Request Header Fields Too Large');
    expect(headers).toEqual(
      expect.arrayContaining([
        'content-type: application/problem+json',
        'cache-control: no-store',
        'x-request-id: id-1',
        `content-length: ${Buffer.byteLength(body)}`,
        'connection: close',
        'allow: GET',
        'x-content-type-options: nosniff',
        expect.stringMatching(/^date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/),
      ]),
    );
    expect(JSON.parse(body)).toMatchObject({ status: 431, instance: 'id-1' });
  });
});
