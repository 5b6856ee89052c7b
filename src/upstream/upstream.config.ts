import { z } from 'zod';
import { flag, milliseconds, MIB, oneOf, wholeNumber } from '../settings/kinds.ts';
import { namespace } from '../settings/namespace.ts';

const template = z.string().superRefine((value, context) => {
  const message = problemOf(value);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/** Where the documents come from, and how long one attempt may take. */
export const upstreamConfig = namespace('upstream', {
  /** An absolute URL in which `{id}` stands for the id of a document. */
  url: ['UPSTREAM_URL', template.default('http://localhost:3000/{id}')],
  /** Milliseconds for a new connection. */
  connectTimeoutMs: ['UPSTREAM_CONNECT_TIMEOUT_MS', milliseconds().default(1_000)],
  /** Milliseconds from the start of the attempt to the headers, the time to connect included. */
  headersTimeoutMs: ['UPSTREAM_HEADERS_TIMEOUT_MS', milliseconds().default(3_000)],
  /** Milliseconds: the longest pause inside the body. */
  bodyTimeoutMs: ['UPSTREAM_BODY_TIMEOUT_MS', milliseconds().default(3_000)],
  /** Bytes: the lowest average rate of the body, checked after its first second; 0 for any. */
  minBytesPerSecond: ['UPSTREAM_MIN_BYTES_PER_SECOND', wholeNumber(0, 1024 * MIB).default(16_384)],
  /** Whether connections are used again, RFC 9112 section 9.3. */
  keepAlive: ['UPSTREAM_KEEP_ALIVE', flag.default(true)],
  /** When a pod is ready: once the upstream was reached, only while it is, or whatever it does. */
  readiness: ['READINESS_UPSTREAM', oneOf('startup', 'always', 'never').default('startup')],
});

function problemOf(value: string): string | undefined {
  if (value.split('{id}').length !== 2) return 'must hold {id} exactly once';
  const url = URL.parse(value.replace('{id}', '__id__'));
  if (url === null) return 'must be an absolute URL';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must begin with http:// or https://';
  if (url.username !== '' || url.password !== '') return 'must not hold credentials';
  if (url.hash !== '') return 'must not hold a fragment';
  if (!(url.pathname + url.search).includes('__id__')) return 'must hold {id} in its path or query';
  return undefined;
}
