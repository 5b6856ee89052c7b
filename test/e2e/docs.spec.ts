import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Gateway, KEY, startGateway } from './harness.ts';
import { converse, type RawAnswer } from './raw-http.ts';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
});

afterAll(() => gateway.close());

async function ask(path: string, ...lines: readonly string[]): Promise<RawAnswer> {
  const { answers } = await converse(
    gateway.port,
    [`GET ${path} HTTP/1.1`, 'Host: a', ...lines, '', ''].join('\r\n'),
  );
  if (answers[0] === undefined) throw new Error('closed without an answer');
  return answers[0];
}

const tagOf = ({ headers }: RawAnswer): string => headers['etag'] ?? '';

describe('GET /docs', () => {
  it('should be a page that loads nothing from elsewhere and runs nothing inline', async () => {
    const { status, headers, body } = await ask('/docs');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:/);
    expect(body.toString()).not.toMatch(/(src|href)="(https?:)?\/\/|<style|style=| on\w+=|<script(?! src=)/);
  });

  it('should bring every file that it names', async () => {
    const { body } = await ask('/docs');
    const files = [...body.toString().matchAll(/(?:src|href)="(docs\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(files).toHaveLength(4);
    for (const file of files) {
      const { status, headers } = await ask(`/${file}`);
      expect([file, status]).toEqual([file, 200]);
      expect(headers['content-type']).toMatch(file.endsWith('.css') ? /^text\/css;/ : /^text\/javascript;/);
    }
  });

  it.each([
    '/docs/',
    '/docs/nothing.js',
    '/docs/LICENSE',
    '/docs/..%2f..%2fmain.js',
    '/docs/__proto__',
    '/docs/a/b',
  ])('should bring nothing else: %s', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  it('should be compressed for those who take it, and whole for those who do not', async () => {
    const plain = await ask('/docs/page.js');
    const compressed = await ask('/docs/page.js', 'Accept-Encoding: br, gzip;q=0.5');
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(compressed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(compressed.body).equals(plain.body)).toBe(true);
    expect((await ask('/docs/page.js', 'Accept-Encoding: gzip;q=0')).body.equals(plain.body)).toBe(true);
    expect([plain, compressed].map(({ headers }) => headers['vary'])).toEqual([
      'Accept-Encoding',
      'Accept-Encoding',
    ]);
    expect(tagOf(plain)).not.toBe(tagOf(compressed));
  });

  it('should not be sent to clients that have it', async () => {
    for (const encoding of ['gzip', 'identity']) {
      const lines = [`Accept-Encoding: ${encoding}`];
      const tag = tagOf(await ask('/docs', ...lines));
      // Without a Content-Length: for 200 it would be that of the body.
      const { bytes } = await converse(
        gateway.port,
        [
          'GET /docs HTTP/1.1',
          'Host: a',
          'Connection: close',
          ...lines,
          `If-None-Match: ${tag}`,
          '',
          '',
        ].join('\r\n'),
        { untilClosed: true, toHead: true },
      );
      expect(bytes.toString()).toMatch(/^HTTP\/1\.1 304 /);
      expect(bytes.toString()).toMatch(/\r\n\r\n$/);
    }
  });
});

describe('GET /', () => {
  it.each(['text/html', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/*'])(
    'should lead to the page for those who prefer it, key or no key: %s',
    async (accept) => {
      for (const key of [[], [`X-API-KEY: ${KEY}`]]) {
        expect(await ask('/', `Accept: ${accept}`, ...key)).toMatchObject({
          status: 303,
          headers: { location: 'docs', vary: 'Accept' },
        });
      }
    },
  );

  it.each([[], ['Accept: */*'], ['Accept: application/json'], ['Accept: application/json, text/html;q=0.9']])(
    'should be JSON, for those who hold a key, otherwise: %s',
    async (...lines) => {
      expect((await ask('/', ...lines)).status).toBe(401);
      const { status, headers } = await ask('/', ...lines, `X-API-KEY: ${KEY}`);
      expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
      expect(headers['vary']).toContain('Accept');
    },
  );

  it('should not matter to the other routes what is preferred', async () => {
    expect((await ask('/health', 'Accept: text/html')).status).toBe(200);
    expect((await ask('/nothing/here', 'Accept: text/html')).status).toBe(404);
  });
});
