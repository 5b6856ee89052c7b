import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { entityTag } from '../../src/verification/entity-tag.ts';
import { caching } from '../conformance/caching.ts';
import { messages } from '../conformance/messages.ts';
import type { Expected, Rule } from '../conformance/rule.ts';
import { semantics } from '../conformance/semantics.ts';
import { makeDocuments } from '../upstream/documents.ts';
import { type Gateway, startGateway } from './harness.ts';
import { converse, type RawAnswer } from './raw-http.ts';

const documents = makeDocuments();
const { pdf } = documents;
/** Sent after another request: both sides must agree where it begins. */
const ANOTHER = 'GET /health HTTP/1.1\r\nHost: a\r\nX-Request-Id: another\r\n\r\n';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({}, { documents, mix: [{ document: 'pdf', weight: 1 }] });
});

afterAll(() => gateway.close());

async function expectRule({ send, answers, interim = [], heads = [], closes = false }: Rule): Promise<void> {
  const smuggled = gateway.upstream.counters.byPath.get('/666');
  const parts = typeof send === 'string' ? [send] : send;
  const conversation = await converse(gateway.port, closes ? parts : [...parts, ANOTHER], {
    answers: answers.length + 1,
    untilClosed: closes,
    toHead: heads,
  });
  const got = [...conversation.answers];
  if (!closes) expect(got.pop()).toMatchObject({ status: 200, headers: { 'x-request-id': 'another' } });
  expect(got.map(({ status }) => status)).toEqual(answers.map(({ status }) => status));
  for (const [index, answer] of got.entries()) expectAnswer(answer, answers[index]);
  expect([conversation.interim, conversation.closed]).toEqual([interim, closes]);
  expect(gateway.upstream.counters.byPath.get('/666')).toBe(smuggled);
}

function expectAnswer({ headers, body }: RawAnswer, expected: Expected | undefined): void {
  for (const [name, value] of Object.entries(expected?.headers ?? {})) {
    expect({ [name]: headers[name] }).toEqual({
      [name]: typeof value === 'string' ? value : expect.stringMatching(value),
    });
  }
  for (const name of expected?.without ?? []) expect(headers).not.toHaveProperty(name);
  if (expected?.body === 'none') expect(body).toHaveLength(0);
  else if (expected?.body === 'document') expect(body.equals(pdf)).toBe(true);
  else if (expected?.body !== undefined) {
    const [first, last] = expected.body.part;
    expect(body.equals(pdf.subarray(first, last + 1))).toBe(true);
  }
}

describe.each([
  ['9110', semantics(entityTag(pdf), pdf.length)],
  ['9111', caching],
  ['9112', messages],
])('RFC %s', (_, rules) => {
  it.each(rules)('$section: $rule', expectRule);
});
