import { z } from 'zod';
import { mediaTypes } from '../formats/formats.ts';
import type { ProblemScope } from '../http/description.ts';
import type { ProblemType } from '../problem/problem.ts';

interface ProblemAnswer {
  readonly scope: ProblemScope;
  readonly headers?: readonly string[];
  /** The detail in the example. */
  readonly detail: string;
}

/** The scope, headers and example of each problem. */
export const problemAnswers: Readonly<Record<ProblemType, ProblemAnswer>> = {
  'malformed-request': { scope: 'any', detail: 'The URL cannot be decoded.' },
  'malformed-id': { scope: 'document', detail: 'The document id does not match the pattern of ids.' },
  unauthorized: {
    scope: 'key',
    headers: ['www-authenticate'],
    detail: 'Send a valid API key in the X-API-KEY header.',
  },
  'document-not-found': { scope: 'document', detail: 'There is no document with this id.' },
  'route-not-found': { scope: 'none', detail: 'This path does not exist.' },
  'method-not-allowed': {
    scope: 'none',
    headers: ['allow'],
    detail: 'This path supports only GET, HEAD, OPTIONS.',
  },
  'not-acceptable': {
    scope: 'document',
    detail: `Accept must allow ${mediaTypes.join(' or ')}.`,
  },
  'precondition-failed': {
    scope: 'document',
    detail: 'The entity tag of the document is not in If-Match.',
  },
  'range-not-satisfiable': {
    scope: 'document',
    headers: ['content-range'],
    detail: 'Range lies outside the document (48000 bytes).',
  },
  'rate-limited': {
    scope: 'key',
    headers: ['retry-after', 'ratelimit-policy', 'ratelimit'],
    detail: 'The rate of this API key is 100 requests in 60 s.',
  },
  'authentication-throttled': {
    scope: 'key',
    headers: ['retry-after'],
    detail: 'Your address has sent too many wrong API keys.',
  },
  'url-too-long': { scope: 'any', detail: 'The URL is longer than 2048 bytes.' },
  'request-timeout': { scope: 'any', detail: 'The request did not arrive in time.' },
  'headers-too-large': { scope: 'any', detail: 'The request headers are too large.' },
  'not-implemented': { scope: 'none', detail: 'This method is not supported.' },
  'internal-error': { scope: 'any', detail: 'The service has a defect. The error was logged.' },
  'document-damaged': { scope: 'document', detail: 'None of 5 attempts returned an undamaged document.' },
  'upstream-failed': {
    scope: 'document',
    headers: ['retry-after?'],
    detail: 'The upstream did not answer with a document.',
  },
  overloaded: {
    scope: 'key',
    headers: ['retry-after'],
    detail: 'The service has too many requests. Try again later.',
  },
  'upstream-unavailable': {
    scope: 'document',
    headers: ['retry-after'],
    detail: 'The upstream does not answer. Try again later.',
  },
  'deadline-exceeded': {
    scope: 'document',
    detail: 'No undamaged document arrived before the deadline.',
  },
};

/** A problem, RFC 9457 section 3.1. */
export const problemSchema = z
  .strictObject({
    type: z
      .string()
      .describe('The kind of problem. It never changes: programs should decide by it or by the status.'),
    title: z.string().describe('The kind of problem, for people.'),
    status: z.int().min(400).max(599).describe('The same as the status of the answer.'),
    detail: z.string().describe('The cause of this error, for people.'),
    instance: z
      .string()
      .describe('The id of the request, as in X-Request-Id. Give it when you report a problem.'),
  })
  .meta({ id: 'Problem', description: 'An error, RFC 9457.' });
