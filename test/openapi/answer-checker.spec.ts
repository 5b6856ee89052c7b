import { describe, expect, it } from '@jest/globals';
import { SECURITY_HEADERS } from '../../src/http/security-headers.ts';
import { type Answer, AnswerChecker } from './answer-checker.ts';
import { committed } from './openapi.ts';

const checker = new AnswerChecker(committed);

const document: Answer = {
  method: 'GET',
  target: '/42',
  status: 200,
  headers: {
    'x-request-id': 'request-1',
    'content-type': 'image/png',
    'content-length': '5',
    'content-disposition': 'inline; filename="42.png"',
    ...SECURITY_HEADERS,
    'cache-control': 'private, no-cache',
    etag: '"tag"',
    vary: 'Accept, X-API-KEY',
    'accept-ranges': 'none',
    date: 'Fri, 20 Nov 2026 00:00:00 GMT',
  },
  body: Buffer.from('bytes'),
};

const problem = {
  type: 'urn:problem-type:document-gateway:unauthorized',
  title: 'A valid API key is required',
  status: 401,
  detail: 'Send a valid API key in the X-API-KEY header.',
  instance: 'request-1',
};

const refusal: Answer = {
  ...document,
  status: 401,
  headers: {
    ...SECURITY_HEADERS,
    'x-request-id': 'request-1',
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'www-authenticate': 'ApiKey',
  },
  body: Buffer.from(JSON.stringify(problem)),
};

const without = ({ headers, ...answer }: Answer, name: string): Answer => ({
  ...answer,
  headers: Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name)),
});
const withHeader = (answer: Answer, name: string, value: string): Answer => ({
  ...answer,
  headers: { ...answer.headers, [name]: value },
});
const withProblem = (change: object): Answer => ({
  ...refusal,
  body: Buffer.from(JSON.stringify({ ...problem, ...change })),
});

describe('AnswerChecker', () => {
  it.each([
    ['a document', document],
    ['a refusal', refusal],
    ['a target that is a whole URL', { ...document, target: 'http://gateway.test/42?download' }],
    ['an answer to HEAD', { ...document, method: 'HEAD', body: Buffer.alloc(0) }],
    ['a header that may be there', withHeader(document, 'age', '3')],
    ['a header for browsers', withHeader(refusal, 'access-control-allow-origin', '*')],
    [
      'an answer to OPTIONS',
      {
        ...document,
        method: 'OPTIONS',
        status: 204,
        headers: { ...SECURITY_HEADERS, 'x-request-id': 'request-1', allow: 'GET' },
        body: Buffer.alloc(0),
      },
    ],
  ])('should accept %s', (_, answer) => {
    expect(checker.complaints(answer)).toEqual([]);
  });

  it.each<[string, Answer]>([
    ['a status that is not described', { ...document, status: 201 }],
    ['a status without an operation', { ...refusal, target: '/nothing/here', status: 418 }],
    ['a header that is missing', without(document, 'content-disposition')],
    ['a header that keeps browsers safe and is missing', without(refusal, 'content-security-policy')],
    ['a header of a problem that is missing', without(refusal, 'www-authenticate')],
    ['a header that is not described', withHeader(document, 'x-powered-by', 'magic')],
    ['a header with a value that is none', withHeader(document, 'age', 'old')],
    ['another media type', withHeader(document, 'content-type', 'text/html')],
    ['no media type', without(document, 'content-type')],
    ['another length', withHeader(document, 'content-length', '4')],
    ['a body for HEAD', { ...document, method: 'HEAD' }],
    [
      'another media type for HEAD',
      { ...withHeader(document, 'content-type', 'a/b'), method: 'HEAD', body: Buffer.alloc(0) },
    ],
    ['a problem of another kind', withProblem({ type: 'urn:problem-type:document-gateway:overloaded' })],
    ['a problem of another status', withProblem({ status: 403 })],
    ['a problem that tells too much', withProblem({ stack: 'at' })],
    ['a problem that tells too little', withProblem({ detail: undefined })],
    ['a problem with another detail than its example', withProblem({ detail: 'Send one.' })],
    ['a problem with another title than its example', withProblem({ title: 'No' })],
    ['a problem that is no JSON', { ...refusal, body: Buffer.from('{') }],
  ])('should report %s', (_, answer) => {
    expect(checker.complaints(answer)).not.toEqual([]);
  });
});
