import { once } from 'node:events';
import { connect, type Server, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../eventually.ts';
import { ask, type Gateway, problemIn, startGateway } from './harness.ts';
import { converse } from './raw-http.ts';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({}, { mix: [{ document: 'pdf', weight: 1 }] });
});

afterAll(() => gateway.close());

/** Checks that the request is refused by a problem and the connection is closed after it. */
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

  it('should be the last on its connection when the length of its body is unknown', async () => {
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
    // It is not logged as another request either.
    expect(gateway.log.lines.slice(linesBefore).map(({ status }) => status)).toEqual([405, 405]);
  });

  it.each([
    ['chunked', 'Transfer-Encoding: chunked', '1\r\nx\r\n'],
    ['of a length', 'Content-Length: 99999999999', 'xxxxxx'],
  ])(
    'should be the last on its connection when its body is %s and goes on after the answer',
    async (_, header, part) => {
      const server = gateway.app.getHttpServer() as Server;
      const accepted = once(server, 'connection') as Promise<[Socket]>;
      const socket = connect(gateway.port, '127.0.0.1').on('error', () => undefined);
      socket.write(ask([header], 'POST /1 HTTP/1.1'));
      const [served] = await accepted;
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1.1 405 /);
      // Not once() of node:events, which rejects on a reset.
      const closed = new Promise((resolve) => socket.once('close', resolve));
      const packet = part.repeat(10_000);
      const send = (): void => {
        while (!socket.destroyed && socket.write(packet));
      };
      socket.on('drain', send);
      send();
      await closed;
      // One more packet may be read.
      expect(served.bytesRead).toBeLessThan(4 * 64 * 1024);
    },
  );

  it('should keep its connection when its body ends soon after the answer', async () => {
    const post = ask(['Content-Length: 60000'], 'POST /1 HTTP/1.1');
    const parts = Array.from({ length: 4 }, () => [post, 'x'.repeat(60_000)]).flat();
    const { answers } = await converse(gateway.port, [...parts, ask([], 'GET /health HTTP/1.1')], {
      answers: 5,
    });
    expect(answers.map(({ status }) => status)).toEqual([405, 405, 405, 405, 200]);
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
    'should be distinguished from invalid input: %s',
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
    const { answers } = await converse(
      gateway.port,
      [ask([`X-Long: ${'a'.repeat(15_000)}`]), ask(Array.from({ length: 90 }, (_, i) => `X-Many-${i}: a`))],
      { answers: 2 },
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });
});

describe('a flood of requests on one connection', () => {
  it.each([
    ['are served', 'GET /health', 200],
    ['cannot be decoded', 'GET /%zz', 400],
    ['lead nowhere', 'GET /not/there', 404],
  ])('should be cut when too many are unanswered: those that %s', async (_, start, status) => {
    const one = (id: string): string => ask([`X-Request-Id: ${id}`], `${start} HTTP/1.1`);
    const ten = Array.from({ length: 10 }, () => one('ahead')).join('');
    const { answers } = await converse(gateway.port, ten, { answers: 10 });
    expect(answers.filter((answer) => answer.status === status)).toHaveLength(10);

    const tooFar = `too-far-${status}`;
    const { closed } = await converse(gateway.port, [ten + one(tooFar) + ten], {
      untilClosed: true,
    });
    expect(closed).toBe(true);
    expect(await gateway.lineOf(tooFar)).toMatchObject({
      level: 'info',
      status: 400,
      cause: 'more than 10 requests at once on one connection',
    });
  });
});

describe('what follows on a connection that is out of step', () => {
  const SLOW = { kind: 'latency', ms: 300 } as const;

  it('should have one answer and one line in the log, in however many packets it comes', async () => {
    gateway.fail(SLOW);
    const before = gateway.log.lines.length;
    const garbage = Array.from({ length: 10 }, () => '\x01');
    const { answers } = await converse(gateway.port, [ask(), ...garbage], { untilClosed: true });
    gateway.fail();
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
    await eventually(() => {
      expect(gateway.log.lines.slice(before).map(({ status }) => status)).toEqual([400, 200]);
    });
  });

  it('should not cut the pending answers, for any request', async () => {
    gateway.fail(SLOW);
    const upgrade = ask(['Connection: upgrade', 'Upgrade: h2c'], 'GET /health HTTP/1.1');
    const noHost = 'GET /health HTTP/1.1\r\n\r\n';
    const { answers } = await converse(gateway.port, [ask() + noHost + upgrade, upgrade], {
      untilClosed: true,
    });
    gateway.fail();
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
  });

  it.each([
    ['GET /1', 200],
    ['HEAD /1', 200],
    ['GET /health', 200],
    ['GET /no/such/route', 404],
    ['GET /%zz', 400],
  ])('should end behind a request for another protocol, which is answered: %s', async (target, status) => {
    for (const upgrade of [
      ['Connection: upgrade', 'Upgrade: websocket'],
      ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'],
      ['Connection: keep-alive, Upgrade', 'Upgrade: a/1, b', 'Content-Length: 3'],
    ]) {
      const { answers } = await converse(
        gateway.port,
        [ask() + ask(upgrade, `${target} HTTP/1.1`) + ask(), ask()],
        { untilClosed: true, toHead: target.startsWith('HEAD') ? [1] : false },
      );
      expect(answers.map((answer) => answer.status)).toEqual([200, status]);
      expect(answers[1]?.headers['connection']).toBe('close');
    }
  });

  it('should not be parsed: thousands of requests fit into a packet', async () => {
    gateway.fail(SLOW);
    let made = 0;
    const server = gateway.app.getHttpServer() as Server;
    const count = (): void => {
      made += 1;
    };
    server.on('request', count);
    const unknown = ask(['Transfer-Encoding: a, chunked'], 'GET /1 HTTP/1.1');
    const { answers } = await converse(gateway.port, `${ask()}${unknown}0\r\n\r\n${ask().repeat(500)}`, {
      untilClosed: true,
    });
    server.off('request', count);
    gateway.fail();
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
    expect(made).toBeLessThan(5);
  });
});

describe('connections', () => {
  it('should get a timeout answer when they send nothing, and be closed', async () => {
    await gateway.close();
    gateway = await startGateway({ REQUEST_TIMEOUT_MS: '100' });
    await expectRefusal(['GET /health HTTP/1.1\r\n', 'Host: '], 408, 'request-timeout');
    await expectRefusal('GET', 408, 'request-timeout');
    await expectRefusal('', 408, 'request-timeout');
  });

  it('should not be held by a client that does not read its answers', async () => {
    await gateway.close();
    gateway = await startGateway({
      KEEP_ALIVE_TIMEOUT_MS: '100',
      DEADLINE_MS: '200',
      CLIENT_MIN_BYTES_PER_SECOND: String(2 ** 30),
    });
    const server = gateway.app.getHttpServer() as Server;
    const connections = promisify((done: (error: Error | null, count: number) => void) => {
      server.getConnections(done);
    });
    const socket = connect(gateway.port, '127.0.0.1').pause();
    socket.on('error', () => undefined);
    try {
      // More than the socket buffers hold.
      socket.write(ask([], 'GET /docs/swagger-ui-bundle.js HTTP/1.1').repeat(9));
      await eventually(async () => {
        expect(gateway.log.lines.filter(({ status }) => status === 499).length).toBeGreaterThan(0);
        expect(await connections()).toBe(0);
      });
    } finally {
      socket.destroy();
    }
  });

  it('should have a time that a timer takes, however slow clients may be', async () => {
    await gateway.close();
    gateway = await startGateway({ CLIENT_MIN_BYTES_PER_SECOND: '1' });
    expect(gateway.app.getHttpServer().timeout).toBe(2 ** 31 - 1);
  });

  describe('beyond those that are allowed', () => {
    let held: Socket[];
    const hold = async (count: number): Promise<void> => {
      const sockets = Array.from({ length: count }, () => connect(gateway.port, '127.0.0.1'));
      held.push(...sockets);
      for (const socket of sockets) socket.on('error', () => undefined).resume();
      await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    };
    const answersTo = async (requestLine: string): Promise<readonly unknown[]> => {
      const { answers } = await converse(gateway.port, ask([], requestLine).repeat(2), { untilClosed: true });
      return answers.map(({ status, headers }) => [status, headers['connection']]);
    };
    const warnings = () => gateway.log.lines.filter(({ maxConnections }) => maxConnections === 3);

    beforeEach(async () => {
      held = [];
      await gateway.close();
      gateway = await startGateway({ MAX_CONNECTIONS: '3' });
    });

    afterEach(() => {
      for (const socket of held) socket.destroy();
    });

    it('should serve only probes and scrapes, and warn', async () => {
      await hold(3);
      await eventually(async () => {
        expect(await answersTo('GET /1 HTTP/1.1')).toEqual([[503, 'close']]);
      });
      for (const path of ['/health', '/health/live', '/health/ready', '/metrics']) {
        expect(await answersTo(`GET ${path} HTTP/1.1`)).toEqual([[200, 'close']]);
      }
      expect(await answersTo('GET / HTTP/1.1')).toEqual([[503, 'close']]);
      expect(await answersTo('GET /none/there HTTP/1.1')).toEqual([[503, 'close']]);
      const { answers } = await converse(gateway.port, ask([], 'GET /1 HTTP/1.1'), { untilClosed: true });
      expect(answers[0]?.headers['retry-after']).toBe('1');
      expect(JSON.parse(answers[0]?.body.toString() ?? '')).toMatchObject({
        type: 'urn:problem-type:document-gateway:overloaded',
      });
      held.pop()?.destroy();
      await eventually(async () => {
        await gateway.get('/1').expect(200);
      });
      expect(await gateway.metric('connections_excess_total')).toBeGreaterThanOrEqual(8);
      expect(warnings()).toHaveLength(1);
    });

    it('should be closed at once when they are many, and after a moment without a request', async () => {
      await hold(80);
      const closed = (): number => held.filter((socket) => socket.closed).length;
      await eventually(() => {
        expect(closed()).toBeGreaterThanOrEqual(80 - 3 - 32);
      });
      await eventually(() => {
        expect(closed()).toBe(80 - 3);
      }, 20_000);
      expect(await answersTo('GET /health HTTP/1.1')).toEqual([[200, 'close']]);
      for (const socket of held) socket.destroy();
      await eventually(async () => {
        await gateway.get('/1').expect(200);
      });
      expect(await gateway.metric('connections_excess_total')).toBeGreaterThanOrEqual(78);
      expect(warnings()).toHaveLength(1);
    });
  });
});
