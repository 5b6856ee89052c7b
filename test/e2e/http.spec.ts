import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventually } from '../eventually.ts';
import { type Gateway, KEY, problemIn, startGateway } from './harness.ts';
import { converse, type ConversationOptions, type RawAnswer } from './raw-http.ts';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({}, { mix: [{ document: 'pdf', weight: 1 }] });
});

afterAll(() => gateway.close());

const pdf = (): Buffer => gateway.upstream.documents.pdf;

/** A request for a document, with its head completed by these lines. */
const ask = (lines: readonly string[] = [], requestLine = 'GET /1 HTTP/1.1'): string =>
  [requestLine, 'Host: gateway.test', `X-API-KEY: ${KEY}`, ...lines, '', ''].join('\r\n');

async function answerTo(
  parts: string | Buffer | readonly (string | Buffer)[],
  options: ConversationOptions = {},
): Promise<RawAnswer> {
  const { answers } = await converse(gateway.port, parts, options);
  const [answer] = answers;
  if (answer === undefined) throw new Error('closed without an answer');
  return answer;
}

/** Checks that the request was refused by a problem, and that the connection is closed behind it. */
async function expectRefusal(
  parts: string | Buffer | readonly string[],
  status: number,
  slug: string,
): Promise<void> {
  const { answers, closed } = await converse(gateway.port, parts, { untilClosed: true });
  expect(answers).toHaveLength(1);
  expect(answers[0]).toMatchObject({
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', connection: 'close' },
  });
  expect(answers[0]?.headers['x-request-id']).toBe(problemIn(answers[0]?.body)['instance']);
  expect(problemIn(answers[0]?.body)).toMatchObject({
    type: `urn:problem-type:document-gateway:${slug}`,
    status,
  });
  expect(closed).toBe(true);
}

describe('what a client may ask for', () => {
  it.each([
    ['an encoding', 'Accept-Encoding: gzip, br, zstd'],
    ['no encoding at all', 'Accept-Encoding: identity;q=0, *;q=0'],
    ['a range', 'Range: bytes=0-99'],
    ['ranges', 'Range: bytes=0-0,-1'],
    ['a range that cannot be', 'Range: bytes=999999-'],
    ['only what it does not have', 'If-None-Match: "another"'],
    ['only what is new', 'If-Modified-Since: Fri, 20 Nov 2099 00:00:00 GMT'],
    ['a type among others', 'Accept: text/html, application/pdf;q=0.1'],
    ['no cache', 'Cache-Control: no-cache'],
    ['an upgrade', 'Connection: upgrade\r\nUpgrade: websocket'],
    ['HTTP/2', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk'],
    ['trailers', 'TE: trailers'],
  ])('may be %s: it gets the whole document as it is', async (_, line) => {
    const { status, headers, body } = await answerTo(ask([line]));
    expect([status, headers['content-length'], headers['content-type']]).toEqual([
      200,
      '13000',
      'application/pdf',
    ]);
    expect(headers).not.toHaveProperty('content-encoding');
    expect(headers).not.toHaveProperty('content-range');
    expect(body.equals(pdf())).toBe(true);
  });

  it('may be written in any case', async () => {
    const odd = `GET /1 HTTP/1.1\r\nhOsT: a\r\nx-API-key:${KEY}\r\nCONNECTION: Close\r\n\r\n`;
    const { answers, closed } = await converse(gateway.port, odd, { untilClosed: true });
    expect(answers[0]).toMatchObject({ status: 200, headers: { connection: 'close' } });
    expect(closed).toBe(true);
  });

  it('may come with spaces and tabs around its values', async () => {
    expect((await answerTo(`GET /1 HTTP/1.1\r\nHost: \t a \r\nX-API-KEY: \t ${KEY} \t\r\n\r\n`)).status).toBe(
      200,
    );
  });

  it('may come a byte at a time', async () => {
    expect((await answerTo(Array.from('GET /health HTTP/1.1\r\nHost: a\r\n\r\n'))).status).toBe(200);
  });

  it('may name its target in full, host and all', async () => {
    expect((await answerTo(ask([], 'GET http://gateway.test/1 HTTP/1.1'))).body.equals(pdf())).toBe(true);
    expect(await answerTo(ask([], 'POST http://gateway.test/1 HTTP/1.1'))).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
  });
});

describe('HTTP/1.0', () => {
  it('should be answered without a host, and the connection closed', async () => {
    const { answers, closed } = await converse(gateway.port, `GET /1 HTTP/1.0\r\nX-API-KEY: ${KEY}\r\n\r\n`, {
      untilClosed: true,
    });
    expect(answers[0]?.body.equals(pdf())).toBe(true);
    expect(answers[0]?.headers).toMatchObject({ connection: 'close', 'content-length': '13000' });
    expect(answers[0]?.headers).not.toHaveProperty('transfer-encoding');
    expect(closed).toBe(true);
  });

  it('should keep the connection when it is asked to', async () => {
    const request = `GET /1 HTTP/1.0\r\nConnection: keep-alive\r\nX-API-KEY: ${KEY}\r\n\r\n`;
    const { answers } = await converse(gateway.port, [request, request], { answers: 2 });
    expect(answers.map(({ status, headers }) => [status, headers['connection']])).toEqual([
      [200, 'keep-alive'],
      [200, 'keep-alive'],
    ]);
  });
});

describe('one connection', () => {
  it('should serve one request after the other', async () => {
    const { answers } = await converse(gateway.port, [ask(), ask(), ask()], { answers: 3 });
    expect(answers.map(({ body }) => body.equals(pdf()))).toEqual([true, true, true]);
  });

  it('should answer pipelined requests in their order, the slow one first', async () => {
    gateway.fail({ kind: 'latency', ms: 100 });
    const pipeline = [
      ask(['X-Request-Id: first']),
      ask(['X-Request-Id: second'], 'GET /health HTTP/1.1'),
      ask(['X-Request-Id: third'], 'GET /not/there HTTP/1.1'),
    ].join('');
    const { answers } = await converse(gateway.port, pipeline, { answers: 3 });
    gateway.fail();
    expect(answers.map(({ status, headers }) => [headers['x-request-id'], status])).toEqual([
      ['first', 200],
      ['second', 200],
      ['third', 404],
    ]);
  });

  it('should be cut when it sends requests far ahead of their answers, which take memory', async () => {
    const health = (id: string): string => ask([`X-Request-Id: ${id}`], 'GET /health HTTP/1.1');
    const hundred = Array.from({ length: 100 }, (_, index) => health(`ahead-${index}`));
    const { answers } = await converse(gateway.port, hundred.join(''), { answers: 100 });
    expect(answers.every(({ status }) => status === 200)).toBe(true);

    const { closed } = await converse(gateway.port, [...hundred, health('too-far'), ...hundred].join(''), {
      untilClosed: true,
    });
    expect(closed).toBe(true);
    expect(await gateway.lineOf('too-far')).toMatchObject({
      level: 'info',
      status: 400,
      cause: 'more than 100 requests at once on one connection',
    });
  });

  it('should go on after a problem', async () => {
    const { answers } = await converse(
      gateway.port,
      [ask([], 'GET /1e3 HTTP/1.1'), ask([], 'GET /%zz HTTP/1.1'), ask([], 'POST /1 HTTP/1.1'), ask()],
      { answers: 4 },
    );
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 405, 200]);
  });

  it('should answer what cannot be read with a problem, be it the first request or a later one', async () => {
    const { answers, closed } = await converse(gateway.port, [ask(), 'NONSENSE\r\n\r\n'], {
      untilClosed: true,
    });
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
    expect(closed).toBe(true);
  });

  it('should not put such an answer before those that are still owed', async () => {
    gateway.fail({ kind: 'latency', ms: 100 });
    const pipeline = `${ask()}${ask([], 'GET /health HTTP/1.1')}NONSENSE\r\n\r\n`;
    const { answers, closed } = await converse(gateway.port, pipeline, { untilClosed: true });
    gateway.fail();
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 400]);
    expect(answers[0]?.body.equals(pdf())).toBe(true);
    expect(closed).toBe(true);
  });

  it('should be kept open longer than balancers keep theirs', async () => {
    const { headers } = await answerTo(ask());
    expect(headers['keep-alive']).toBe('timeout=75');
  });

  it('should be shared by a client that keeps it', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<unknown>();
    for (let i = 0; i < 5; i += 1) {
      const request = httpRequest(`${gateway.origin}/${i}`, { agent, headers: { 'x-api-key': KEY } }).end();
      const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream & { socket: unknown }];
      sockets.add(response.socket);
      await once(response.resume(), 'end');
    }
    agent.destroy();
    expect(sockets.size).toBe(1);
  });
});

describe('a request that cannot be read', () => {
  it.each([
    ['has no method', ' /1 HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['has no target', ask([], 'GET HTTP/1.1')],
    ['has a target with a space', ask([], 'GET /1 2 HTTP/1.1')],
    ['has another version', ask([], 'GET /1 HTTP/1.2')],
    ['is of another protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['is TLS', Buffer.from('160301020001000', 'hex')],
    ['has lines that end in a line feed alone', 'GET /1 HTTP/1.1\nHost: a\n\n'],
    ['has a header without a name', ask([': value'])],
    ['has a header without a colon', ask(['X-Header value'])],
    ['has a space before a colon', ask(['X-Header : value'])],
    ['has a header over two lines', ask(['X-Header: a', ' b'])],
    ['has a zero byte in a header', ask(['X-Header: a\0b'])],
    ['has a length that is none', ask(['Content-Length: 1x'])],
    ['has a negative length', ask(['Content-Length: -1'])],
    ['has two lengths', ask(['Content-Length: 1', 'Content-Length: 2'])],
    [
      'has both a length and chunks',
      `${ask(['Content-Length: 4', 'Transfer-Encoding: chunked'], 'POST /1 HTTP/1.1')}0\r\n\r\n`,
    ],
    [
      'has chunks and a length',
      `${ask(['Transfer-Encoding: chunked', 'Content-Length: 4'], 'POST /1 HTTP/1.1')}0\r\n\r\n`,
    ],
    ['has another coding behind chunks', ask(['Transfer-Encoding: chunked, gzip'], 'POST /1 HTTP/1.1')],
  ])('should be refused when it %s', async (_, bytes) => {
    await expectRefusal(bytes, 400, 'malformed-request');
  });

  it('should not smuggle another one in', async () => {
    const before = gateway.upstream.counters.requests;
    const hidden = ask([], 'GET /666 HTTP/1.1');
    const { answers } = await converse(
      gateway.port,
      `${ask([`Content-Length: ${hidden.length}`, 'Transfer-Encoding: chunked'], 'POST /1 HTTP/1.1')}0\r\n\r\n${hidden}`,
      { untilClosed: true },
    );
    expect(answers.map(({ status }) => status)).toEqual([400]);
    expect(gateway.upstream.counters.requests).toBe(before);
  });

  it('should be the last on its connection when nobody knows how long its body is', async () => {
    const unknown = ask(['Transfer-Encoding: xchunked'], 'POST /1 HTTP/1.1');
    const before = gateway.upstream.counters.requests;
    const { answers, closed } = await converse(gateway.port, `${unknown}0\r\n\r\n${ask()}`, {
      untilClosed: true,
    });
    expect([400, 405]).toContain(answers[0]?.status);
    expect(gateway.upstream.counters.requests).toBe(before);
    expect(closed).toBe(true);
  });

  it('should have one answer when it breaks in its body', async () => {
    const broken = `${ask(['Transfer-Encoding: chunked'], 'POST /1 HTTP/1.1')}zz\r\n`;
    const linesBefore = gateway.log.lines.length;
    for (const parts of [broken, [broken.slice(0, -4), 'zz\r\n']]) {
      const { answers, closed } = await converse(gateway.port, parts, { untilClosed: true });
      expect(answers.map(({ status }) => status)).toEqual([405]);
      expect(closed).toBe(true);
      await gateway.lineOf(answers[0]?.headers['x-request-id']);
    }
    // Nor is it logged as another request.
    expect(gateway.log.lines.slice(linesBefore).map(({ status }) => status)).toEqual([405, 405]);
  });

  it('should not take a body for a request', async () => {
    const body = ask([], 'GET /666 HTTP/1.1');
    const { answers } = await converse(
      gateway.port,
      [`${ask([`Content-Length: ${body.length}`])}${body}`, ask([], 'GET /health HTTP/1.1')],
      { answers: 2 },
    );
    expect(answers.map(({ headers }) => headers['content-type'])).toEqual([
      'application/pdf',
      'text/plain; charset=utf-8',
    ]);
    expect(gateway.upstream.counters.byPath.get('/666')).toBeUndefined();
  });
});

describe('a method that nobody knows', () => {
  it.each(['FOO /1', 'get /1', 'GETT /1', 'X-1!~ http://a/1', 'FOO *'])(
    'should be told apart from what is no request: %s',
    async (start) => {
      await expectRefusal(ask([], `${start} HTTP/1.1`), 501, 'not-implemented');
      const { answers } = await converse(gateway.port, [ask(), ask([], `${start} HTTP/1.1`)], {
        untilClosed: true,
      });
      expect(answers.map(({ status }) => status)).toEqual([200, 501]);
      const pipelined = await converse(gateway.port, `${ask()}${ask([], `${start} HTTP/1.1`)}`, {
        untilClosed: true,
      });
      expect(pipelined.answers.map(({ status }) => status)).toEqual([200, 501]);
    },
  );

  it('should not look like a failure of the service', async () => {
    const { answers } = await converse(gateway.port, ask([], 'FOO /1 HTTP/1.1'));
    expect(await gateway.lineOf(answers[0]?.headers['x-request-id'])).toMatchObject({
      level: 'info',
      status: 501,
    });
  });
});

describe('the host', () => {
  it('should be there, and be one', async () => {
    for (const hosts of ['', 'Host: a\r\nHost: b\r\n', 'Host: a\r\nHost: a\r\n']) {
      const answer = await answerTo(`GET /health HTTP/1.1\r\n${hosts}\r\n`);
      expect(answer.status).toBe(400);
      expect(problemIn(answer.body)['type']).toBe('urn:problem-type:document-gateway:malformed-request');
    }
  });

  it('may be empty', async () => {
    expect((await answerTo('GET /health HTTP/1.1\r\nHost:\r\n\r\n')).status).toBe(200);
  });
});

describe('a body', () => {
  const types = [
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'application/octet-stream',
    'image/png; charset=nonsense; ;',
    'nonsense',
    ';;;',
    '/',
    '',
  ];

  it.each(types)('of type %j should not matter: the method is refused', async (type) => {
    const head = ask([`Content-Type: ${type}`, 'Content-Length: 9'], 'POST /1 HTTP/1.1');
    const { answers } = await converse(gateway.port, [`${head}{"broken"`, ask()], { answers: 2 });
    expect(answers[0]).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, OPTIONS', 'content-type': 'application/problem+json' },
    });
    expect(answers[1]?.status).toBe(200);
  });

  it('without a type should not matter, in chunks or not', async () => {
    for (const body of [
      'Content-Length: 3\r\n\r\nabc',
      'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    ]) {
      const first = ask([], 'PUT /1 HTTP/1.1').replace(/\r\n$/, body);
      const { answers } = await converse(gateway.port, [first, ask()], { answers: 2 });
      expect(answers.map(({ status }) => status)).toEqual([405, 200]);
    }
  });

  it('should not be missed either where a method is known for one', async () => {
    expect(await answerTo(ask([], 'QUERY /1 HTTP/1.1'))).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
  });

  it('should not be waited for', async () => {
    const answer = await answerTo(ask(['Content-Length: 100000000'], 'POST /1 HTTP/1.1'));
    expect(answer.status).toBe(405);
  });

  it('should be asked for when the client waits to be, and then refused', async () => {
    const { answers } = await converse(
      gateway.port,
      ask(['Expect: 100-continue', 'Content-Length: 3'], 'POST /1 HTTP/1.1'),
    );
    expect(answers[0]?.status).toBe(405);
  });

  it('that a GET brings should not matter', async () => {
    const { interim, answers } = await converse(
      gateway.port,
      `${ask(['Expect: 100-continue', 'Content-Length: 3'])}abc`,
    );
    expect(interim).toEqual([100]);
    expect(answers[0]?.status).toBe(200);
  });
});

describe('an expectation that nobody knows', () => {
  it('should be answered properly, one way or another', async () => {
    const answer = await answerTo(ask(['Expect: the-unexpected']));
    expect([200, 417]).toContain(answer.status);
    expect(answer.headers['x-request-id']).toBeDefined();
    if (answer.status === 417) expect(answer.headers['content-type']).toBe('application/problem+json');
  });
});

describe('headers that are too large', () => {
  it.each([
    ['one long', [`X-Long: ${'a'.repeat(20_000)}`]],
    ['one very long', [`X-Long: ${'a'.repeat(200_000)}`]],
    ['a long name', [`X-${'a'.repeat(20_000)}: long`]],
    ['many', Array.from({ length: 90 }, (_, i) => `X-Many-${i}: ${'a'.repeat(250)}`)],
    ['too many', Array.from({ length: 150 }, (_, i) => `X-Many-${i}: a`)],
  ])('should be refused as such: %s', async (_, lines) => {
    await expectRefusal(ask(lines), 431, 'headers-too-large');
  });

  it('should be refused as such in whatever pieces they come', async () => {
    const long = ask([`X-Long: ${'a'.repeat(20_000)}`]);
    for (const at of [10, 1_000, 5_000]) {
      await expectRefusal(
        [long.slice(0, at), long.slice(at, 12_000), long.slice(12_000)],
        431,
        'headers-too-large',
      );
    }
  });

  it('should be refused on a connection that has served others', async () => {
    const { answers } = await converse(gateway.port, [ask(), ask([`X-Long: ${'a'.repeat(20_000)}`])], {
      untilClosed: true,
    });
    expect(answers.map(({ status }) => status)).toEqual([200, 431]);
  });

  it('should be fine just below the limit', async () => {
    expect((await answerTo(ask([`X-Long: ${'a'.repeat(15_000)}`]))).status).toBe(200);
    expect((await answerTo(ask(Array.from({ length: 90 }, (_, i) => `X-Many-${i}: a`)))).status).toBe(200);
  });
});

describe('a target that is no path', () => {
  it.each(['GET *', 'HEAD *', 'GET *1', 'GET 1', 'POST *', 'GET ftp://a/1', 'GET mailto:a'])(
    'should lead nowhere: %s',
    async (start) => {
      const before = gateway.upstream.counters.requests;
      const answer = await answerTo(ask([], `${start} HTTP/1.1`), { toHead: start.startsWith('HEAD') });
      expect([400, 404]).toContain(answer.status);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(await gateway.lineOf(answer.headers['x-request-id'])).toMatchObject({ status: answer.status });
      expect(gateway.upstream.counters.requests).toBe(before);
    },
  );

  it('should find no proxy here', async () => {
    const { answers } = await converse(gateway.port, ask([], 'CONNECT example.org:443 HTTP/1.1'), {
      untilClosed: true,
    });
    expect(answers.map(({ status }) => status)).toEqual([405]);
  });
});

describe('whatever comes', () => {
  const method = fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'OPTIONS', 'QUERY', 'get', '');
  const target = fc.oneof(
    fc.constantFrom(
      '/1',
      '/',
      '/health',
      '/health/ready',
      '*',
      '*1',
      'http://a/1',
      '//',
      '/..',
      '/%2e%2e/',
      '/1?',
    ),
    fc.webPath(),
    fc.string({ unit: 'binary', maxLength: 30 }),
  );
  const header = fc.oneof(
    fc.constantFrom(
      'Content-Length: 3',
      'Transfer-Encoding: chunked',
      'Content-Type: x',
      'Expect: x',
      'Upgrade: websocket',
      'Connection: upgrade',
      'accept-version: 2',
      'X-Request-Id: \u0001',
    ),
    fc.string({ unit: 'binary', maxLength: 40 }),
  );
  const body = fc.oneof(fc.constantFrom('', 'abc', '3\r\nabc\r\n0\r\n\r\n'), fc.string({ unit: 'binary' }));

  it('should be answered by a document, a page of the service or a problem, and never by a defect', async () => {
    await fc.assert(
      fc.asyncProperty(
        method,
        target,
        fc.array(header, { maxLength: 3 }),
        body,
        async (verb, path, lines, rest) => {
          const request = Buffer.from(
            `${ask(['Connection: close', ...lines], `${verb} ${path} HTTP/1.1`)}${rest}`,
          );
          const { answers } = await converse(gateway.port, request, {
            untilClosed: true,
            toHead: verb === 'HEAD',
          });
          const status = answers[0]?.status;
          expect([200, 204, 400, 404, 405, 408, 414, 417, 431, 501]).toContain(status);
          if (status !== 200 && status !== 204)
            expect(answers[0]?.headers['content-type']).toBe('application/problem+json');
        },
      ),
      { numRuns: 300 },
    );
    expect(gateway.log.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  }, 30_000);
});

describe('connections', () => {
  it('should be told that they took too long when they bring nothing, and closed', async () => {
    await gateway.close();
    gateway = await startGateway({ REQUEST_TIMEOUT_MS: '100' });
    await expectRefusal(['GET /health HTTP/1.1\r\n', 'Host: '], 408, 'request-timeout');
    await expectRefusal('GET', 408, 'request-timeout');
    await expectRefusal('', 408, 'request-timeout');
  });

  it('should be no more than are allowed', async () => {
    await gateway.close();
    gateway = await startGateway({ MAX_CONNECTIONS: '3' });
    const held = Array.from({ length: 3 }, () => connect(gateway.port, '127.0.0.1'));
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    await eventually(async () => {
      const { answers, closed } = await converse(gateway.port, ask([], 'GET /health HTTP/1.1'));
      expect([answers, closed]).toEqual([[], true]);
    });
    for (const socket of held) socket.destroy();
    await eventually(async () => {
      expect((await answerTo(ask([], 'GET /health HTTP/1.1'))).status).toBe(200);
    });
  });
});
