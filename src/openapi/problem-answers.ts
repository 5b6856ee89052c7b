import { z } from 'zod';
import { mediaTypes } from '../formats/formats.ts';
import type { ProblemType } from '../problem/problem.ts';
import type { DescribedHeader } from './description.ts';

/**
 * Where a problem may be met: by `any` request, by one that needs a `key`, by one for a `document`, or where there is
 * no operation (`none`): at another path, or with another method.
 */
export type ProblemScope = 'any' | 'key' | 'document' | 'none';

interface ProblemAnswer {
  readonly scope: ProblemScope;
  readonly headers?: readonly DescribedHeader[];
  /** The detail of its example. */
  readonly detail: string;
}

/** What the answers with problems have beyond their type, title and status. */
export const problemAnswers: Readonly<Record<ProblemType, ProblemAnswer>> = {
  'malformed-request': { scope: 'any', detail: 'The URL cannot be decoded.' },
  'malformed-id': { scope: 'document', detail: 'This is not a document id.' },
  unauthorized: {
    scope: 'key',
    headers: ['www-authenticate'],
    detail: 'Send a valid API key in the X-API-KEY header.',
  },
  'document-not-found': { scope: 'document', detail: 'There is no document with this id.' },
  'route-not-found': { scope: 'none', detail: 'There is nothing at this path.' },
  'method-not-allowed': {
    scope: 'none',
    headers: ['allow'],
    detail: 'This path is served with GET, HEAD, OPTIONS only.',
  },
  'not-acceptable': {
    scope: 'document',
    detail: `Documents are ${mediaTypes.join(' or ')}, and Accept has none of them.`,
  },
  'precondition-failed': {
    scope: 'document',
    detail: 'The document is none of those that If-Match names.',
  },
  'range-not-satisfiable': {
    scope: 'document',
    headers: ['content-range'],
    detail: 'The document has 48000 bytes, and Range none of them.',
  },
  'rate-limited': {
    scope: 'key',
    headers: ['retry-after', 'ratelimit-policy', 'ratelimit'],
    detail: 'More than 100 requests came with this key within 60 s.',
  },
  'authentication-throttled': {
    scope: 'key',
    headers: ['retry-after'],
    detail: 'Too many wrong API keys came from your address.',
  },
  'url-too-long': { scope: 'any', detail: 'The URL is longer than 2048 bytes.' },
  'request-timeout': { scope: 'any', detail: 'The request did not arrive in time.' },
  'headers-too-large': { scope: 'any', detail: 'The request headers are too large.' },
  'not-implemented': { scope: 'none', detail: 'Nothing here is served with this method.' },
  'internal-error': { scope: 'any', detail: 'The service failed. The failure has been logged.' },
  'document-damaged': { scope: 'document', detail: 'None of 5 attempts brought an undamaged document.' },
  'upstream-failed': {
    scope: 'document',
    headers: ['retry-after?'],
    detail: 'The document store did not answer with a document.',
  },
  overloaded: {
    scope: 'key',
    headers: ['retry-after'],
    detail: 'There are more requests than can be served. Try again later.',
  },
  'upstream-unavailable': {
    scope: 'document',
    headers: ['retry-after'],
    detail: 'The document store is not answering. Try again later.',
  },
  'deadline-exceeded': {
    scope: 'document',
    detail: 'No document could be fetched in the time there is.',
  },
};

/** A problem document, RFC 9457 section 3.1. */
export const problemSchema = z
  .strictObject({
    type: z.string().describe('The kind of problem, which never changes: decide by it, or by the status.'),
    title: z.string().describe('The kind of problem, for people.'),
    status: z.int().min(400).max(599).describe('The same as the status of the answer.'),
    detail: z.string().describe('What went wrong with this request, for people.'),
    instance: z
      .string()
      .describe('The id of the request, as in X-Request-Id. Name it when you report a problem.'),
  })
  .meta({ id: 'Problem', description: 'What went wrong, RFC 9457.' });
