import { describe, expect, it } from '@jest/globals';
import { refusalOf } from './answer-head.ts';

const kindOf = (encoding: string | string[] | undefined): string | undefined =>
  refusalOf(200, { 'content-encoding': encoding as string })?.kind;

describe('a Content-Encoding', () => {
  it.each([
    [undefined],
    [''],
    [' '],
    [','],
    [', ,\t,'],
    ['identity'],
    ['Identity'],
    ['identity, identity'],
    ['identity,,'],
    [['identity', 'identity']],
    [['', '']],
    ['none'],
    ['binary'],
    ['utf-8'],
    ['8bit'],
    ['aws-chunked'],
    ['aws-chunked, identity'],
  ])('should be none: %j', (encoding) => {
    expect(kindOf(encoding)).toBeUndefined();
  });

  it.each([
    ['gzip'],
    ['X-GZIP'],
    ['deflate'],
    ['br'],
    ['zstd'],
    ['compress'],
    ['identity, gzip'],
    ['gzip,,identity'],
    ['aws-chunked,gzip'],
    ['utf-8 , br'],
    [['identity', 'gzip']],
  ])('should be refused: %j', (encoding) => {
    expect(kindOf(encoding)).toBe('unacceptable');
  });
});

describe('a Retry-After', () => {
  it.each([429, 500, 503])('should be bounded, with %i', (status) => {
    expect(refusalOf(status, { 'retry-after': '999999999' })).toMatchObject({
      kind: 'status',
      status,
      retryAfterMs: 60_000,
    });
  });
});
