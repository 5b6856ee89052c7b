import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SECURITY_HEADERS } from '../../src/http/security-headers.ts';
import { entityTag } from '../../src/verification/entity-tag.ts';
import { type Gateway, KEY, problemIn, startGateway, withGateway } from './harness.ts';
import { converse, type RawAnswer } from './raw-http.ts';

let gateway: Gateway;
let pdf: Buffer;
let tag: string;

beforeAll(async () => {
  gateway = await startGateway({}, { mix: [{ document: 'pdf', weight: 1 }] });
  pdf = gateway.upstream.documents.pdf;
  tag = entityTag(pdf);
});

afterAll(() => gateway.close());

async function ask(lines: readonly string[], method = 'GET', on = gateway): Promise<RawAnswer> {
  const head = [
    `${method} /1 HTTP/1.1`,
    'Host: a',
    `X-API-KEY: ${KEY}`,
    'Connection: close',
    ...lines,
    '',
    '',
  ];
  const { answers, bytes } = await converse(on.port, head.join('\r\n'), {
    untilClosed: true,
    toHead: method === 'HEAD',
  });
  const [answer] = answers;
  if (answer === undefined) throw new Error('closed without an answer');
  // The connection is closed, so everything after the head is the body.
  const body = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
  expect(body.equals(answer.body)).toBe(true);
  return answer;
}

function expectProblem(answer: RawAnswer, status: number, slug: string): void {
  expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/problem+json' } });
  expect(problemIn(answer.body)).toMatchObject({ type: `urn:problem-type:document-gateway:${slug}`, status });
  expect(answer.headers).not.toHaveProperty('etag');
}

describe('a document that the client has', () => {
  it.each(['GET', 'HEAD'])('should be answered by 304 without a body: %s', async (method) => {
    const first = await ask([], method);
    const answer = await ask([`If-None-Match: ${first.headers['etag']}`, 'X-Request-Id: the-same'], method);
    // RFC 9110 section 15.4.5: these headers of a 200, and none that describes the content.
    expect(answer).toMatchObject({ status: 304 });
    expect(answer.headers).toEqual({
      ...SECURITY_HEADERS,
      'x-request-id': 'the-same',
      etag: tag,
      'cache-control': first.headers['cache-control'],
      vary: first.headers['vary'],
      date: expect.any(String),
      connection: 'close',
    });
    expect(await gateway.lineOf('the-same')).toMatchObject({ status: 304, outcome: 'not-modified' });
  });

  it('should be fetched and verified before the comparison', async () => {
    const before = gateway.upstream.counters.requests;
    await ask([`If-None-Match: ${tag}`]);
    expect(gateway.upstream.counters.requests).toBe(before + 1);
    gateway.fail({ kind: 'damaged' });
    expectProblem(await ask([`If-None-Match: ${tag}`]), 502, 'document-damaged');
    expectProblem(await ask(['If-None-Match: *']), 502, 'document-damaged');
    gateway.fail();
  });

  it('should leave the connection to the next request', async () => {
    const head = ['GET /1 HTTP/1.1', 'Host: a', `X-API-KEY: ${KEY}`];
    const same = [...head, `If-None-Match: ${tag}`, '', ''].join('\r\n');
    const { answers } = await converse(gateway.port, [same, same, [...head, '', ''].join('\r\n')], {
      answers: 3,
    });
    expect(answers.map(({ status, body }) => [status, body.length])).toEqual([
      [304, 0],
      [304, 0],
      [200, pdf.length],
    ]);
  });

  it('should give back its memory', async () => {
    expect(await gateway.metric('buffered_bytes')).toBe(0);
  });

  it('should come whole once it is another one', async () => {
    const answer = await ask(['If-None-Match: "another", W/"and-another"']);
    expect(answer).toMatchObject({ status: 200, headers: { etag: tag } });
    expect(answer.body.equals(pdf)).toBe(true);
  });

  it('should be named in a list, in one field or in many', async () => {
    expect((await ask([`If-None-Match: "a", W/${tag}`])).status).toBe(304);
    expect((await ask(['If-None-Match: "a"', `If-None-Match: ${tag}`])).status).toBe(304);
  });

  it('should be 412 when it is not the wanted one', async () => {
    expectProblem(await ask(['If-Match: "another"']), 412, 'precondition-failed');
    expectProblem(await ask([`If-Match: W/${tag}`]), 412, 'precondition-failed');
    expect((await ask([`If-Match: ${tag}`])).status).toBe(200);
    expect((await ask(['If-Match: *'])).status).toBe(200);
  });
});

describe('a part of a document', () => {
  it('should be sent to a client that names the document', async () => {
    const answer = await ask(['Range: bytes=100-', `If-Range: ${tag}`]);
    expect(answer).toMatchObject({
      status: 206,
      headers: {
        'content-range': `bytes 100-${pdf.length - 1}/${pdf.length}`,
        'content-length': String(pdf.length - 100),
        'content-type': 'application/pdf',
        etag: tag,
        vary: 'Accept, X-API-KEY',
        'cache-control': 'private, no-cache',
      },
    });
    expect(answer.headers).not.toHaveProperty('accept-ranges');
    expect(answer.body.equals(pdf.subarray(100))).toBe(true);
  });

  it('should not be sent without that, and Accept-Ranges says so', async () => {
    for (const lines of [[], ['If-Range: "another"'], [`If-Range: W/${tag}`]]) {
      const answer = await ask(['Range: bytes=100-', ...lines]);
      expect(answer).toMatchObject({ status: 200, headers: { 'accept-ranges': 'none' } });
      expect(answer.body.equals(pdf)).toBe(true);
    }
  });

  it('should be 416 when it is outside the document', async () => {
    const answer = await ask([`Range: bytes=${pdf.length}-`, `If-Range: ${tag}`]);
    expectProblem(answer, 416, 'range-not-satisfiable');
    expect(answer.headers['content-range']).toBe(`bytes */${pdf.length}`);
    expect(await gateway.metric('buffered_bytes')).toBe(0);
  });

  it('should never be mixed from two documents, however often one resumes', async () => {
    await gateway.close();
    await withGateway({}, {}, async (mixed) => {
      const documents = [mixed.upstream.documents.pdf, mixed.upstream.documents.png];
      const seen = new Set<number>();
      for (let i = 0; i < 30; i += 1) {
        const first = await ask([], 'GET', mixed);
        const rest = await ask(['Range: bytes=1000-', `If-Range: ${first.headers['etag']}`], 'GET', mixed);
        seen.add(rest.status);
        const whole =
          rest.status === 206 ? Buffer.concat([first.body.subarray(0, 1_000), rest.body]) : rest.body;
        expect(documents.some((document) => document.equals(whole))).toBe(true);
      }
      expect([...seen].sort()).toEqual([200, 206]);
    });
    gateway = await startGateway({}, { mix: [{ document: 'pdf', weight: 1 }] });
  });
});

describe('a type that is asked for', () => {
  it('should be refused before the upstream is asked when no document is of it', async () => {
    const before = gateway.upstream.counters.requests;
    expectProblem(await ask(['Accept: text/html']), 406, 'not-acceptable');
    expect((await ask(['Accept: text/html'], 'HEAD')).status).toBe(406);
    expect(gateway.upstream.counters.requests).toBe(before);
  });

  it('should be refused when the document is of another, and no other document be looked for', async () => {
    const before = gateway.upstream.counters.requests;
    const answer = await ask(['Accept: image/png', `If-None-Match: ${tag}`]);
    expectProblem(answer, 406, 'not-acceptable');
    expect(problemIn(answer.body)['detail']).toContain('application/pdf');
    expect(gateway.upstream.counters.requests).toBe(before + 1);
    expect(await gateway.metric('buffered_bytes')).toBe(0);
  });

  it('should not matter to problems, which have one type only', async () => {
    const { answers } = await converse(
      gateway.port,
      `GET /1/2 HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n`,
    );
    expect(answers[0]).toMatchObject({
      status: 404,
      headers: { 'content-type': 'application/problem+json' },
    });
  });

  it('should not be asked about before the key', async () => {
    const { answers } = await converse(
      gateway.port,
      'GET /1 HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n',
    );
    expect(answers[0]?.status).toBe(401);
  });

  it('should not keep a damaged document from being asked for again', async () => {
    gateway.fail({ kind: 'damaged' });
    const before = gateway.upstream.counters.requests;
    expectProblem(await ask(['Accept: application/pdf']), 502, 'document-damaged');
    expect(gateway.upstream.counters.requests).toBe(before + 5);
    gateway.fail();
  });
});

describe('the last good copy', () => {
  it('should take part in conditions as the document itself does, and say that it is one', async () => {
    await gateway.close();
    const only = { mix: [{ document: 'pdf', weight: 1 }] } as const;
    await withGateway({ STALE_IF_ERROR_SECONDS: '60' }, only, async (kept) => {
      await ask([], 'GET', kept);
      kept.fail({ kind: 'status', status: 500 });
      const same = await ask([`If-None-Match: ${tag}`], 'GET', kept);
      expect(same).toMatchObject({
        status: 304,
        headers: { etag: tag, age: '0', 'cache-status': expect.stringContaining('fwd=stale') },
      });
      const rest = await ask(['Range: bytes=-10', `If-Range: ${tag}`], 'GET', kept);
      expect(rest).toMatchObject({ status: 206, headers: { age: expect.any(String) } });
      expect(rest.body.equals(pdf.subarray(-10))).toBe(true);
    });
    gateway = await startGateway();
  });
});
