import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SECURITY_HEADERS } from '../../src/http/security-headers.ts';
import { type Gateway, KEY, startGateway, withGateway } from './harness.ts';
import { converse, type ConversationOptions, type RawAnswer } from './raw-http.ts';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ CORS_ORIGINS: 'https://app.example' });
});

afterAll(() => gateway.close());

async function send(start: string, lines: readonly string[] = [], on = gateway): Promise<RawAnswer> {
  const options: ConversationOptions = { toHead: start.startsWith('HEAD') };
  const head = [`${start} HTTP/1.1`, 'Host: a', 'Connection: close', ...lines, '', ''].join('\r\n');
  const { answers } = await converse(on.port, head, options);
  const [answer] = answers;
  if (answer === undefined) throw new Error('closed without an answer');
  return answer;
}

const WITH_KEY = `X-API-KEY: ${KEY}`;
const FROM_PAGE = 'Origin: https://app.example';

/** One answer of every kind: from routes, guards, router and parser. */
const EVERY_KIND: readonly [string, readonly string[], number][] = [
  ['GET /1', [WITH_KEY], 200],
  ['HEAD /1', [WITH_KEY], 200],
  ['GET /1', [WITH_KEY, 'If-None-Match: *'], 304],
  ['GET /1', [WITH_KEY, 'Accept: text/html'], 406],
  ['GET /1', [WITH_KEY, 'If-Match: "a"'], 412],
  ['GET /', [WITH_KEY], 200],
  ['GET /', ['Accept: text/html'], 303],
  ['GET /docs', [], 200],
  ['GET /openapi.json', [], 200],
  ['GET /health', [], 200],
  ['GET /health/live', [], 200],
  ['GET /health/ready', [], 200],
  ['GET /metrics', [], 200],
  ['OPTIONS /1', [], 204],
  ['OPTIONS *', [], 204],
  ['GET /1', [], 401],
  ['GET /1e3', [WITH_KEY], 400],
  ['GET /%zz', [], 400],
  ['GET /1/2', [], 404],
  ['GET *', [], 404],
  ['POST /1', [], 405],
  ['TRACE /1', [], 405],
  ['FOO /1', [], 501],
  ['CONNECT a:1', [], 405],
  ['GET /1', [`X-Long: ${'a'.repeat(20_000)}`], 431],
  [`GET /${'1'.repeat(3_000)}`, [], 414],
];

describe('every answer', () => {
  it.each(EVERY_KIND)('%s should carry what keeps browsers safe: %#', async (start, lines, status) => {
    const answer = await send(start, lines);
    expect(answer.status).toBe(status);
    // The page to try the service has its own policy.
    const policy = start === 'GET /docs' && {
      'content-security-policy': expect.stringMatching(/^default-src 'none'; /),
    };
    expect(answer.headers).toMatchObject({
      ...SECURITY_HEADERS,
      ...policy,
      'x-request-id': expect.any(String),
      date: expect.any(String),
    });
    expect(answer.headers).not.toHaveProperty('server');
    expect(answer.headers).not.toHaveProperty('x-powered-by');
  });

  it.each(EVERY_KIND.filter(([start, , status]) => status !== 431 && !/^(?:FOO|CONNECT)/.test(start)))(
    '%s should be for a page to read that is let in, and for no other: %#',
    async (start, lines) => {
      const answer = await send(start, [...lines, FROM_PAGE]);
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': 'https://app.example',
        'access-control-expose-headers': expect.stringContaining('X-Request-Id'),
        vary: expect.stringMatching(/(?:^|, )Origin$/),
      });
      const other = await send(start, [...lines, 'Origin: https://other.example']);
      expect(Object.keys(other.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(other.headers['vary']).toMatch(/(?:^|, )Origin$/);
    },
  );
});

describe('OPTIONS', () => {
  it.each([
    '/',
    '/1',
    '/1?x',
    '/1e3',
    '/health',
    '/health/live',
    '/health/ready',
    '/metrics',
    '/docs',
    '/docs/page.js',
    '/openapi.json',
    '*',
    'http://a/1',
  ])('should tell without a key what %s is served with', async (target) => {
    const before = gateway.upstream.counters.requests;
    const answer = await send(`OPTIONS ${target}`);
    expect(answer).toMatchObject({ status: 204, headers: { allow: 'GET, HEAD, OPTIONS' } });
    // RFC 9110 sections 8.6 and 6.4.1
    expect(answer.headers).not.toHaveProperty('content-length');
    expect(answer.headers).not.toHaveProperty('content-type');
    expect(answer.headers).not.toHaveProperty('transfer-encoding');
    expect(gateway.upstream.counters.requests).toBe(before);
    expect(await gateway.lineOf(answer.headers['x-request-id'])).toMatchObject({ status: 204 });
  });

  it('should be 404 where there is nothing', async () => {
    expect(await send('OPTIONS /1/2')).toMatchObject({
      status: 404,
      headers: { 'content-type': 'application/problem+json' },
    });
  });

  it('should be answered with a body too, which is not read', async () => {
    const request = `OPTIONS /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc`;
    const { answers } = await converse(gateway.port, [request, request], { answers: 2 });
    expect(answers.map(({ status }) => status)).toEqual([204, 204]);
  });
});

describe('a browser that asks for a page', () => {
  const asking = ['Access-Control-Request-Method: GET', 'Access-Control-Request-Headers: x-api-key'];

  it('should be told what the page may do, without a key', async () => {
    expect(await send('OPTIONS /1', [FROM_PAGE, ...asking])).toMatchObject({
      status: 204,
      headers: {
        allow: 'GET, HEAD, OPTIONS',
        'access-control-allow-origin': 'https://app.example',
        'access-control-allow-methods': 'GET, HEAD',
        'access-control-allow-headers': expect.stringContaining('X-API-KEY'),
        'access-control-max-age': '7200',
      },
    });
  });

  it('should be answered for an unknown path too, so that the page can read the problem', async () => {
    const answer = await send('OPTIONS /1/2', [FROM_PAGE, ...asking]);
    expect(answer).toMatchObject({ status: 204, headers: { 'access-control-allow-methods': 'GET, HEAD' } });
    expect(answer.headers).not.toHaveProperty('allow');
  });

  it('should get no CORS headers for another origin', async () => {
    const answer = await send('OPTIONS /1', ['Origin: https://other.example', ...asking]);
    expect(answer.status).toBe(204);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('the name of the file', () => {
  it('should be an attachment when the query asks for it', async () => {
    for (const path of ['/7?download=1', '/7?x=1&download=true&y']) {
      const { headers } = await send(`GET ${path}`, [WITH_KEY]);
      expect(headers['content-disposition']).toMatch(/^attachment; filename="7\.(?:pdf|png)"$/);
    }
    expect((await send('GET /7?download=0', [WITH_KEY])).headers['content-disposition']).toMatch(/^inline;/);
  });
});

describe('by default', () => {
  it('no other origin should be allowed', async () => {
    await gateway.close();
    await withGateway({}, {}, async (plain) => {
      for (const [start, lines] of EVERY_KIND) {
        const { headers } = await send(start, [...lines, FROM_PAGE], plain);
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
    });
  });

  it('an odd id should have its true name beside a plain one', async () => {
    await withGateway({ DOCUMENT_ID_PATTERN: '[^/]+' }, {}, async (odd) => {
      const { headers } = await send(`GET /${encodeURIComponent('Ré sumé')}`, [WITH_KEY], odd);
      expect(headers['content-disposition']).toMatch(
        /^inline; filename="R__sum_\.p(?:df|ng)"; filename\*=UTF-8''R%C3%A9%20sum%C3%A9\.p(?:df|ng)$/,
      );
    });
  });
});
