import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AnswerChecker } from '../openapi/answer-checker.ts';
import { requests } from '../openapi/requests.ts';
import type { Fault } from '../upstream/faults.ts';
import { type Env, type Gateway, KEY, problemIn, startGateway } from './harness.ts';
import { converse, type RawAnswer } from './raw-http.ts';

/** `npm run test:fuzz` uses more. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 3_000);

let gateway: Gateway | undefined;

afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

/**
 * Sends requests generated from the OpenAPI document and checks every answer against it.
 *
 * @returns the count of each status per route
 */
async function fuzz(
  started: Gateway,
  numRuns: number,
  explained: readonly string[],
): Promise<Map<string, number>> {
  const checker = new AnswerChecker(started.openApi);
  const entityTags: string[] = [];
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      requests(started.openApi, { key: KEY, entityTags }),
      async ({ method, target, bytes }) => {
        const { answers } = await converse(started.port, bytes, {
          untilClosed: true,
          toHead: method === 'HEAD',
        });
        expect(answers).toHaveLength(1);
        const [answer] = answers;
        if (answer === undefined) return;
        expect(checker.complaints({ ...answer, method, target })).toEqual([]);
        const operation = checker.operation(method, target)?.operationId ?? 'none';
        // RFC 9110 section 15.6.2: the answer to an unknown method.
        if (answer.status >= 500 && answer.status !== 501) {
          expect(explained).toContain(explanation(answer, operation));
        }
        const { etag } = answer.headers;
        if (operation === 'getDocument' && etag !== undefined && !entityTags.includes(etag))
          entityTags.push(etag);
        const key = `${operation} ${answer.status}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);
      },
    ),
    { numRuns },
  );
  return seen;
}

/** The reason for a 5xx, from the answer. */
function explanation({ headers, body }: RawAnswer, operation: string): string {
  if (operation.endsWith('Readiness')) return 'unready';
  if (headers['content-type'] !== 'application/problem+json') return 'nothing';
  return body.length === 0 ? 'headers alone' : (String(problemIn(body)['type']).split(':').at(-1) ?? '');
}

async function start(env: Env = {}, ...faults: readonly Fault[]): Promise<Gateway> {
  gateway = await startGateway({ AUTH_FAILURES_PER_MINUTE: '0', LOG_LEVEL: 'error', ...env });
  gateway.fail(...faults);
  return gateway;
}

describe('whatever is asked', () => {
  it(
    'should be answered as the document has it, and never with a 5xx while the upstream is well',
    async () => {
      const seen = await fuzz(await start(), RUNS, []);
      // The requests reached every case. A run of refusals alone would prove little.
      for (const each of [
        'getDocument 200',
        'getDocument 304',
        'getDocument 400',
        'getDocument 401',
        'getDocument 406',
        'getDocument 412',
        'headDocument 200',
        'headDocument 304',
        'getIndex 200',
        'getOpenApi 304',
        'getDocsFile 200',
        'getDocsFile 404',
        'getReadiness 200',
        'getMetrics 200',
        'none 404',
        'none 405',
      ]) {
        expect([each, seen.get(each) ?? 0]).not.toEqual([each, 0]);
      }
      const operations = Object.values(gateway?.openApi.paths ?? {}).flatMap(Object.values) as {
        operationId: string;
      }[];
      for (const { operationId } of operations) {
        expect([...seen.keys()].join()).toContain(operationId);
      }
    },
    120_000 + RUNS * 20,
  );

  it(
    'should be answered as the document has it whatever the upstream does',
    async () => {
      const started = await start(
        {
          UPSTREAM_HEADERS_TIMEOUT_MS: '200',
          DEADLINE_MS: '400',
        },
        { kind: 'status', status: 500 },
        { kind: 'status', status: 503, retryAfter: '1' },
        { kind: 'status', status: 404 },
        { kind: 'reset-before-headers' },
        { kind: 'reset-in-body' },
        { kind: 'truncate' },
        { kind: 'wrong-type' },
        { kind: 'html' },
        { kind: 'empty' },
        { kind: 'redirect', status: 302 },
        { kind: 'unasked-gzip' },
        { kind: 'hang', after: 'headers' },
      );
      const seen = await fuzz(started, RUNS / 5, [
        'document-damaged',
        'upstream-failed',
        'upstream-unavailable',
        'overloaded',
        'deadline-exceeded',
        'headers alone',
        'unready',
      ]);
      expect([...seen.keys()].filter((key) => / 5\d\d$/.test(key)).length).toBeGreaterThan(1);
    },
    120_000 + RUNS * 20,
  );
});
