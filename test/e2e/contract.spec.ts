import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { SECURITY_HEADERS } from '../../src/http/security-headers.ts';
import { entityTag } from '../../src/verification/entity-tag.ts';
import { type Gateway, KEY, problemIn, SECOND_KEY, startGateway } from './harness.ts';
import { converse } from './raw-http.ts';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
});

afterAll(() => gateway.close());

const bare = (): ReturnType<typeof request> => request(gateway.origin);

/** Checks every part of a problem. */
function expectProblem(answer: request.Response, status: number, slug: string): void {
  expect(answer.status).toBe(status);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-request-id': expect.stringMatching(/^[\w.-]{1,128}$/),
  });
  const problem = problemIn(answer.body);
  expect(Object.keys(problem)).toEqual(['type', 'title', 'status', 'detail', 'instance']);
  expect(problem).toMatchObject({
    type: `urn:problem-type:document-gateway:${slug}`,
    status,
    instance: answer.headers['x-request-id'],
  });
  expect(JSON.stringify(problem)).not.toMatch(/127\.0\.0\.1|localhost|node_modules|\.ts|\.js/);
}

describe('GET /{id}', () => {
  it('should be the document, with exactly the headers that belong to it', async () => {
    const { pdf, png } = gateway.upstream.documents;
    const seen = new Set<string>();
    for (let i = 0; i < 20; i += 1) {
      const answer = await gateway.get('/42').expect(200);
      const isPdf = answer.headers['content-type'] === 'application/pdf';
      seen.add(String(answer.headers['content-type']));
      expect((isPdf ? pdf : png).equals(answer.body as Buffer)).toBe(true);
      expect(answer.headers).toEqual({
        'x-request-id': expect.any(String),
        'content-type': isPdf ? 'application/pdf' : 'image/png',
        'content-length': String(isPdf ? pdf.length : png.length),
        'content-disposition': `inline; filename="42.${isPdf ? 'pdf' : 'png'}"`,
        ...SECURITY_HEADERS,
        'cache-control': 'private, no-cache',
        vary: 'Accept, X-API-KEY',
        etag: entityTag(isPdf ? pdf : png),
        'accept-ranges': 'none',
        connection: 'close',
        date: expect.any(String),
      });
    }
    expect([...seen].sort()).toEqual(['application/pdf', 'image/png']);
  });

  it('should take any of the keys', async () => {
    await bare().get('/1').set('x-api-key', SECOND_KEY).expect(200);
    await bare().get('/1').set('X-Api-Key', KEY).expect(200);
  });

  it.each(['0', '7', '007', '9223372036854775808', '99999999999999999999'])(
    'should ask for %s as it is, since an id is text',
    async (id) => {
      const answer = await gateway.get(`/${id}`).expect(200);
      expect(answer.headers['content-disposition']).toContain(`filename="${id}.`);
      expect(gateway.upstream.counters.byPath.get(`/${id}`)).toBeGreaterThanOrEqual(1);
    },
  );

  it('should take no notice of a query', async () => {
    await gateway.get('/31?download=1&x=%zz').expect(200);
    expect(gateway.upstream.counters.byPath.get('/31')).toBeGreaterThanOrEqual(1);
    expect([...gateway.upstream.counters.byPath.keys()].join()).not.toContain('download');
  });
});

describe('an id that is none', () => {
  const paths = [
    '/123456789012345678901',
    '/-1',
    '/+1',
    '/1e3',
    '/0x1',
    '/1.0',
    '/1,2',
    '/1;v=2',
    '/%20',
    '/1%20',
    '/1%0a',
    '/%00',
    '/1%00',
    '/%D9%A1%D9%A2%D9%A3',
    '/1%2f2',
    '/1%2F2',
    '/..%2f..',
    '/..%2f..%2fetc%2fpasswd',
    '/%2e',
    '/%2e%2e',
    '/.',
    '/..',
    '/1\\2',
    '/{id}',
    '/__proto__',
    '/constructor',
    '/HEALTH',
    '/metrics%00',
    '/%zz',
    '/%',
    '/1%',
    '/%ff',
    '/%c0%ae',
    '/1/',
    '/1/2',
    '//',
    '//1',
    '/./1',
    '/1/../2',
    '/health/',
    '/health/live/1',
    `/${'1'.repeat(3_000)}`,
    `/${'1'.repeat(10_000)}`,
    `/${'1'.repeat(20_000)}`,
    `/${'1'.repeat(100_000)}`,
    `/1?${'1'.repeat(3_000)}`,
    `/1?${'1'.repeat(100_000)}`,
    `/${'%2f'.repeat(5_000)}`,
    `/${'/1'.repeat(5_000)}`,
  ];

  it.each(paths.map((path) => [path.length > 60 ? `${path.slice(0, 30)}… (${path.length})` : path, path]))(
    'should be refused without asking the upstream: %s',
    async (_, path) => {
      const before = gateway.upstream.counters.requests;
      const { answers } = await converse(
        gateway.port,
        `GET ${path} HTTP/1.1\r\nHost: a\r\nX-API-KEY: ${KEY}\r\n\r\n`,
      );
      const [answer] = answers;
      expect([400, 404, 414]).toContain(answer?.status);
      expect(answer?.headers['content-type']).toBe('application/problem+json');
      expect(problemIn(answer?.body)['type']).toMatch(
        /:(malformed-id|malformed-request|route-not-found|url-too-long)$/,
      );
      expect(gateway.upstream.counters.requests).toBe(before);
    },
  );

  it('should be refused when its digits come as raw bytes that are no ASCII', async () => {
    const before = gateway.upstream.counters.requests;
    const { answers } = await converse(
      gateway.port,
      Buffer.from(`GET /١٢٣ HTTP/1.1\r\nHost: a\r\nX-API-KEY: ${KEY}\r\n\r\n`),
    );
    expect(answers[0]?.status).toBe(400);
    expect(gateway.upstream.counters.requests).toBe(before);
  });

  it('should be a problem of its own kind', async () => {
    expectProblem(await gateway.get('/1e3'), 400, 'malformed-id');
    expectProblem(await gateway.get('/%zz'), 400, 'malformed-request');
    expectProblem(await gateway.get(`/${'1'.repeat(3_000)}`), 414, 'url-too-long');
    expectProblem(await gateway.get('/1/'), 404, 'route-not-found');
  });
});

describe('a request without a valid key', () => {
  const wrong: readonly [string, Readonly<Record<string, string>>][] = [
    ['no key', {}],
    ['an empty key', { 'x-api-key': '' }],
    ['a wrong key', { 'x-api-key': 'wrong' }],
    ['a key and more', { 'x-api-key': `${KEY}0` }],
    ['a part of a key', { 'x-api-key': KEY.slice(0, -1) }],
    ['both keys', { 'x-api-key': `${KEY},${SECOND_KEY}` }],
    ['a long key', { 'x-api-key': 'k'.repeat(8_000) }],
    ['the key elsewhere', { authorization: `Bearer ${KEY}`, 'api-key': KEY }],
  ];

  it.each(wrong)('should be refused with one answer for all: %s', async (_, headers) => {
    const before = gateway.upstream.counters.requests;
    const answer = await bare()
      .get('/1')
      .set({ 'x-request-id': 'the-same', ...headers })
      .responseType('blob');
    expectProblem(answer, 401, 'unauthorized');
    const missing = await bare().get('/1').set('x-request-id', 'the-same').responseType('blob');
    const comparable = (one: request.Response): unknown[] => [
      { ...(one.headers as Record<string, string>), date: '' },
      String(one.body),
    ];
    expect(comparable(answer)).toEqual(comparable(missing));
    expect(answer.headers['www-authenticate']).toMatch(/^ApiKey /);
    expect(gateway.upstream.counters.requests).toBe(before);
  });

  it('should be refused before any other check', async () => {
    for (const path of ['/', '/1', '/1e3', '/123456789012345678901']) {
      expectProblem(await bare().get(path).responseType('blob'), 401, 'unauthorized');
    }
    await bare().head('/1').expect(401);
  });
});

describe('the other routes', () => {
  it('GET / should describe the service to clients with a key', async () => {
    const answer = await bare().get('/').set('X-API-KEY', KEY).expect(200);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.body).toMatchObject({
      name: 'document-gateway',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      links: { document: './{id}', health: './health', live: './health/live', ready: './health/ready' },
    });
  });

  it.each(['/health', '/health/live', '/health/ready', '/metrics'])('GET %s should be open', async (path) => {
    await bare().get(path).expect(200);
  });

  it.each(['/nothing/here', '/health/nothing', '/docs/', '/favicon.ico/x'])(
    'GET %s should be 404',
    async (path) => {
      expectProblem(await gateway.get(path), 404, 'route-not-found');
    },
  );
});

describe('HEAD', () => {
  it.each(['/', '/1', '/health', '/health/live', '/health/ready', '/metrics'])(
    'should have the headers of GET %s, and no body',
    async (path) => {
      const ask = (method: string): string =>
        `${method} ${path} HTTP/1.1\r\nHost: a\r\nX-API-KEY: ${KEY}\r\nConnection: close\r\n\r\n`;
      const head = await converse(gateway.port, ask('HEAD'), { toHead: true, untilClosed: true });
      const [answer] = head.answers;
      expect(answer?.status).toBe(200);
      expect(head.bytes.toString('latin1').endsWith('\r\n\r\n')).toBe(true);
      const get = await converse(gateway.port, ask('GET'));
      expect(Object.keys(answer?.headers ?? {}).sort()).toEqual(
        Object.keys(get.answers[0]?.headers ?? {}).sort(),
      );
      expect(Number(answer?.headers['content-length'])).toBeGreaterThan(0);
    },
  );

  it('should have the status and the headers of a problem, and no body', async () => {
    for (const [path, status] of [
      ['/1e3', 400],
      ['/1/', 404],
      ['/%zz', 400],
    ] as const) {
      const { answers, bytes } = await converse(
        gateway.port,
        `HEAD ${path} HTTP/1.1\r\nHost: a\r\nX-API-KEY: ${KEY}\r\nConnection: close\r\n\r\n`,
        { toHead: true, untilClosed: true },
      );
      expect(answers[0]).toMatchObject({ status, headers: { 'content-type': 'application/problem+json' } });
      expect(bytes.toString('latin1').endsWith('\r\n\r\n')).toBe(true);
    }
  });
});

describe('a method that is not served', () => {
  const paths = ['/', '/1', '/health', '/health/live', '/health/ready', '/metrics'];

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PURGE', 'PROPFIND'])(
    '%s should be refused everywhere, with those that are',
    async (method) => {
      const before = gateway.upstream.counters.requests;
      for (const path of paths) {
        const { answers } = await converse(
          gateway.port,
          `${method} ${path} HTTP/1.1\r\nHost: a\r\nX-API-KEY: ${KEY}\r\n\r\n`,
        );
        expect(answers[0]).toMatchObject({
          status: 405,
          headers: {
            allow: 'GET, HEAD, OPTIONS',
            'content-type': 'application/problem+json',
            'cache-control': 'no-store',
          },
        });
      }
      expect(gateway.upstream.counters.requests).toBe(before);
    },
  );

  it('should be 404 where there is nothing', async () => {
    expectProblem(
      await request(gateway.origin).post('/nothing/here').responseType('blob'),
      404,
      'route-not-found',
    );
  });
});

describe('a defect of the service', () => {
  it('should be a problem without details, and a log line with them', async () => {
    const { UpstreamClient } = await import('../../src/upstream/upstream.client.ts');
    const client = gateway.app.get(UpstreamClient, { strict: false });
    const fetch = client.fetch.bind(client);
    client.fetch = () => Promise.reject(new TypeError('a defect at 127.0.0.1'));
    const answer = await gateway.get('/1').set('X-Request-Id', 'defect-1');
    client.fetch = fetch;
    expectProblem(answer, 500, 'internal-error');
    expect(String(answer.body)).not.toContain('defect at');
    expect(await gateway.lineOf('defect-1')).toMatchObject({
      status: 500,
      level: 'warn',
      outcome: 'internal-error',
    });
    const cause = gateway.log.lines.find(
      ({ requestId, level }) => requestId === 'defect-1' && level === 'error',
    );
    expect(cause).toMatchObject({ err: { type: 'TypeError', message: 'a defect at 127.0.0.1' } });
    expect(await gateway.metric('bulkhead_in_flight')).toBe(0);
    expect(await gateway.metric('buffered_bytes')).toBe(0);
    await gateway.get('/1').expect(200);
  });
});
