import * as z from 'zod';
import { flag, milliseconds, MIB, oneOf, wholeNumber } from '../settings/kinds.ts';
import { namespace } from '../settings/namespace.ts';

const template = z.string().superRefine((value, context) => {
  const message = problemOf(value);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/** The address of the upstream and the timeouts of one attempt. */
export const upstreamConfig = namespace('upstream', {
  /** An absolute URL with `{id}` in place of the document id. */
  url: ['UPSTREAM_URL', template.default('http://localhost:3000/{id}')],
  /** The time limit from the start of the attempt to the headers, with the connection, in milliseconds. */
  headersTimeoutMs: ['UPSTREAM_HEADERS_TIMEOUT_MS', milliseconds().default(3_000)],
  /** The maximum pause in the body, in milliseconds. */
  bodyTimeoutMs: ['UPSTREAM_BODY_TIMEOUT_MS', milliseconds().default(3_000)],
  /** The minimum average rate of the body in bytes per second, checked after its first second; 0 for none. */
  minBytesPerSecond: ['UPSTREAM_MIN_BYTES_PER_SECOND', wholeNumber(0, 1024 * MIB).default(16_384)],
  /** Whether to reuse connections, RFC 9112 section 9.3. */
  keepAlive: ['UPSTREAM_KEEP_ALIVE', flag.default(true)],
  /**
   * When the replica is ready: after the upstream was reached once, only while it is reachable, or regardless of it.
   */
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
