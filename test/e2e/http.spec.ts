import { once } from 'node:events';
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ask, type Gateway, KEY, problemIn, startGateway } from './harness.ts';
import { converse, type ConversationOptions, type RawAnswer } from './raw-http.ts';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({}, { mix: [{ document: 'pdf', weight: 1 }] });
});

afterAll(() => gateway.close());

const pdf = (): Buffer => gateway.upstream.documents.pdf;

async function answerTo(
  parts: string | Buffer | readonly (string | Buffer)[],
  options: ConversationOptions = {},
): Promise<RawAnswer> {
  const { answers } = await converse(gateway.port, parts, options);
  const [answer] = answers;
  if (answer === undefined) throw new Error('closed without an answer');
  return answer;
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
  it('should serve any number of requests, one after another', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      const ports = new Set<number | undefined>();
      for (let i = 0; i < 25; i += 1) {
        const sent = httpRequest(`${gateway.origin}/health`, { agent }).end();
        const [answer] = (await once(sent, 'response')) as [IncomingMessage];
        ports.add(answer.socket.localPort);
        expect(answer.statusCode).toBe(200);
        await once(answer.resume(), 'end');
      }
      expect(ports.size).toBe(1);
    } finally {
      agent.destroy();
    }
  });

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

  it('should go on after a problem', async () => {
    const { answers } = await converse(
      gateway.port,
      [ask([], 'GET /1e3 HTTP/1.1'), ask([], 'GET /%zz HTTP/1.1'), ask([], 'POST /1 HTTP/1.1'), ask()],
      { answers: 4 },
    );
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 405, 200]);
  });

  it('should answer invalid input with a problem, on the first or a later request', async () => {
    const { answers, closed } = await converse(gateway.port, [ask(), 'NONSENSE\r\n\r\n'], {
      untilClosed: true,
    });
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
    expect(closed).toBe(true);
  });

  it('should send such an answer after the pending ones', async () => {
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

describe('the host', () => {
  it('should be present exactly once', async () => {
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
  });
});
