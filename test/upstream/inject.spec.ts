import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { damage, makePdf, makePng } from './documents.ts';
import { eventually } from './eventually.ts';
import type { Fault } from './faults.ts';
import { makeJpeg } from './jpeg.ts';
import { rawRequest, type RawAnswer, type RawOptions } from './raw-client.ts';
import { startUpstream, type StandInUpstream } from './server.ts';

const pdf = makePdf({ bytes: 5_000 });
const documents = { pdf, png: makePng({ bytes: 4_000 }), jpeg: makeJpeg(), damaged: damage(pdf) };
/** For tests that wait for silence. */
const silenceMs = 400;
let upstream: StandInUpstream;

beforeAll(async () => {
  upstream = await startUpstream({ documents, mix: [{ document: 'pdf', weight: 1 }] });
});
afterEach(async () => {
  await eventually(() => upstream.counters.openSockets === 0);
});
afterAll(() => upstream.close());

function answerWith(fault: Fault, options?: RawOptions): Promise<RawAnswer> {
  upstream.setFaults([{ ratio: 1, fault }]);
  return rawRequest(upstream.port, options);
}

function header({ headers }: RawAnswer, name: string): string[] {
  const prefix = `${name}: `;
  return headers.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
}

/** Decodes a chunked body. Throws when it is malformed. */
function unchunk(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, lineEnd), 16);
    if (size === 0) return Buffer.concat(parts);
    if (Number.isNaN(size) || lineEnd + 2 + size > body.length) throw new Error(`no chunk at ${at}`);
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

describe('an answer with one fault', () => {
  it('should be late for latency', async () => {
    const start = performance.now();
    const answer = await answerWith({ kind: 'latency', ms: 120 });
    expect(performance.now() - start).toBeGreaterThanOrEqual(115);
    expect(answer.body.equals(pdf)).toBe(true);
  });

  it('should be the damaged PDF for damaged', async () => {
    const { statusLine, body } = await answerWith({ kind: 'damaged' });
    expect(statusLine).toBe('HTTP/1.1 200 OK');
    expect(body.equals(documents.damaged)).toBe(true);
  });

  it.each([404, 429, 500, 502, 503])('should be status %d', async (status) => {
    const answer = await answerWith({ kind: 'status', status });
    expect(answer.statusLine).toContain(` ${status} `);
    expect(header(answer, 'Retry-After')).toEqual([]);
    expect(answer.body.toString()).toBe(`status ${status} on demand\n`);
  });

  it('should have the configured Retry-After', async () => {
    const answer = await answerWith({ kind: 'status', status: 503, retryAfter: '2' });
    expect(header(answer, 'Retry-After')).toEqual(['2']);
  });

  it.each([204, 304])('should have no body for status %d', async (status) => {
    const answer = await answerWith({ kind: 'status', status });
    expect(answer.statusLine).toContain(` ${status} `);
    expect(header(answer, 'Content-Length')).toEqual([]);
    expect(answer.body.length).toBe(0);
  });

  it.each([
    [undefined, ['image/png']],
    ['text/html', ['text/html']],
    ['', []],
  ])('should be declared as %j for wrong-type', async (contentType, expected) => {
    const answer = await answerWith({
      kind: 'wrong-type',
      ...(contentType === undefined ? {} : { contentType }),
    });
    expect(header(answer, 'Content-Type')).toEqual(expected);
    expect(answer.body.equals(pdf)).toBe(true);
  });

  it('should be chunked for chunked', async () => {
    const answer = await answerWith({ kind: 'chunked' });
    expect(header(answer, 'Transfer-Encoding')).toEqual(['chunked']);
    expect(header(answer, 'Content-Length')).toEqual([]);
    expect(unchunk(answer.body).equals(pdf)).toBe(true);
  });

  it('should be compressed for unasked-gzip', async () => {
    const answer = await answerWith({ kind: 'unasked-gzip' });
    expect(header(answer, 'Content-Encoding')).toEqual(['gzip']);
    expect(header(answer, 'Content-Length')).toEqual([String(answer.body.length)]);
    expect(gunzipSync(answer.body).equals(pdf)).toBe(true);
  });

  it('should have the configured size of headers for header-bomb', async () => {
    const answer = await answerWith({ kind: 'header-bomb', bytes: 300_000 });
    expect(answer.headers.join('').length).toBeGreaterThan(300_000);
    expect(answer.body.equals(pdf)).toBe(true);
  });

  it('should be empty for empty', async () => {
    const answer = await answerWith({ kind: 'empty' });
    expect(answer.statusLine).toBe('HTTP/1.1 200 OK');
    expect(header(answer, 'Content-Length')).toEqual(['0']);
    expect(header(answer, 'Content-Type')).toEqual(['application/pdf']);
  });

  it('should be an HTML page with the type of a PDF for html', async () => {
    const answer = await answerWith({ kind: 'html' });
    expect(answer.statusLine).toBe('HTTP/1.1 200 OK');
    expect(header(answer, 'Content-Type')).toEqual(['application/pdf']);
    expect(header(answer, 'Content-Length')).toEqual([String(answer.body.length)]);
    expect(answer.body.toString()).toMatch(/^<!DOCTYPE html>/);
  });

  it.each([
    [100, 'Continue'],
    [102, 'Processing'],
    [103, 'Early Hints'],
  ] as const)('should follow three interim responses of status %d', async (status, phrase) => {
    const answer = await answerWith({ kind: 'interim', status, count: 3 });
    expect(answer.statusLine).toBe(`HTTP/1.1 ${status} ${phrase}`);
    const rest = answer.body.toString('latin1');
    expect(rest.split(`HTTP/1.1 ${status} ${phrase}\r\n`).length - 1).toBe(2);
    expect(rest).toContain('HTTP/1.1 200 OK\r\n');
    expect(answer.body.subarray(-pdf.length).equals(pdf)).toBe(true);
  });
});

describe('an answer that does not match the request', () => {
  it('should redirect to the configured location', async () => {
    const answer = await answerWith({ kind: 'redirect', status: 307, location: 'http://elsewhere.test/' });
    expect(answer.statusLine).toContain(' 307 ');
    expect(header(answer, 'Location')).toEqual(['http://elsewhere.test/']);
  });

  it('should redirect in a loop', async () => {
    const answer = await answerWith({ kind: 'redirect', status: 302 }, { path: '/17?x=y' });
    expect(header(answer, 'Location')).toEqual(['/17?x=y']);
  });

  it('should be the first half as 206 for unasked-partial', async () => {
    const answer = await answerWith({ kind: 'unasked-partial' });
    expect(answer.statusLine).toBe('HTTP/1.1 206 Partial Content');
    expect(header(answer, 'Content-Range')).toEqual(['bytes 0-2499/5000']);
    expect(answer.body.equals(pdf.subarray(0, 2_500))).toBe(true);
  });

  it('should be 304 for unasked-not-modified', async () => {
    const answer = await answerWith({ kind: 'unasked-not-modified' });
    expect(answer.statusLine).toBe('HTTP/1.1 304 Not Modified');
    expect(answer.body.length).toBe(0);
  });
});

describe('a wrong Content-Length', () => {
  it.each([
    ['too-small', ['4990']],
    ['too-large', ['5010']],
    ['repeated', ['5000', '4990']],
    ['malformed', ['5000, all of it']],
  ] as const)('should be %s, with the whole body', async (length, expected) => {
    const answer = await answerWith({ kind: 'wrong-length', length });
    expect(header(answer, 'Content-Length')).toEqual(expected);
    expect(answer.body.equals(pdf)).toBe(true);
  });

  it('should leave the connection open, so that the client waits for more bytes', async () => {
    const answer = await answerWith(
      { kind: 'wrong-length', length: 'too-large' },
      { keepAlive: true, silenceMs },
    );
    expect(answer.end).toBe('silent');
    expect(answer.body.equals(pdf)).toBe(true);
  });
});

describe('a broken connection', () => {
  it('should be reset before the first byte for reset-before-headers', async () => {
    const answer = await answerWith({ kind: 'reset-before-headers' });
    expect(answer).toMatchObject({ statusLine: '', end: 'reset' });
  });

  it.each([0, 0.5, 1])('should be reset after a share of %d of the body', async (at) => {
    const answer = await answerWith({ kind: 'reset-in-body', at });
    expect(answer.end).toBe('reset');
    expect(header(answer, 'Content-Length')).toEqual(['5000']);
    expect(answer.body.equals(pdf.subarray(0, at * 5_000))).toBe(true);
  });

  it.each([
    [0, 0],
    [0.9, 4_500],
    [1, 4_999],
  ])('should be closed normally after a share of %d of the body for truncate', async (at, length) => {
    const answer = await answerWith({ kind: 'truncate', at });
    expect(answer.end).toBe('closed');
    expect(header(answer, 'Content-Length')).toEqual(['5000']);
    expect(answer.body.equals(pdf.subarray(0, length))).toBe(true);
  });

  it.each(['reset-in-body', 'truncate'] as const)('should break at a random point for %s', async (kind) => {
    const lengths = new Set<number>();
    for (let i = 0; i < 10; i++) lengths.add((await answerWith({ kind })).body.length);
    expect(lengths.size).toBeGreaterThan(5);
    expect(Math.max(...lengths)).toBeLessThan(5_000);
  });
});

describe('an endless or slow answer', () => {
  it('should arrive at the configured rate', async () => {
    const answer = await answerWith({ kind: 'drip', bytesPerSecond: 10_000 });
    expect(answer.body.equals(pdf)).toBe(true);
    expect(answer.durationMs).toBeGreaterThan(300);
    expect(answer.durationMs).toBeLessThan(5_000);
  });

  it('should arrive at one byte a second', async () => {
    const answer = await answerWith({ kind: 'drip', bytesPerSecond: 1 }, { silenceMs });
    expect(answer.end).toBe('silent');
    expect(answer.body.length).toBe(1);
  });

  it('should send chunks as long as the client reads', async () => {
    const answer = await answerWith({ kind: 'endless', framing: 'chunked' }, { maxBytes: 3_000_000 });
    expect(header(answer, 'Transfer-Encoding')).toEqual(['chunked']);
    expect(answer.body.length).toBeGreaterThan(2_900_000);
    expect(answer.body.includes(pdf)).toBe(true);
  });

  it('should send bytes with a Content-Length of a tebibyte', async () => {
    const answer = await answerWith({ kind: 'endless', framing: 'content-length' }, { maxBytes: 3_000_000 });
    expect(header(answer, 'Content-Length')).toEqual([String(2 ** 40)]);
    expect(answer.body.subarray(0, pdf.length).equals(pdf)).toBe(true);
  });

  it.each([
    ['request', '', 0],
    ['headers', 'HTTP/1.1 200 OK', 0],
    ['half-body', 'HTTP/1.1 200 OK', 2_500],
  ] as const)('should stop after the %s', async (after, statusLine, length) => {
    const answer = await answerWith({ kind: 'hang', after }, { silenceMs });
    expect(answer.end).toBe('silent');
    expect(answer.statusLine).toBe(statusLine);
    expect(answer.body.length).toBe(length);
  });
});

describe('a client that leaves', () => {
  it.each<Fault>([
    { kind: 'latency', ms: 3_600_000 },
    { kind: 'hang', after: 'request' },
    { kind: 'drip', bytesPerSecond: 1 },
    { kind: 'endless', framing: 'chunked' },
    { kind: 'reset-in-body' },
  ])('should free its connection and timers with %j', async (fault) => {
    const timers = (): number => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
    const before = timers();
    await answerWith(fault, { silenceMs: 60, maxBytes: 1 });
    await eventually(() => upstream.counters.openSockets === 0);
    await eventually(() => timers() <= before);
  });
});

describe('HEAD', () => {
  const head: RawOptions = { method: 'HEAD', silenceMs };

  it.each<[string, Fault, Partial<RawAnswer>]>([
    ['status', { kind: 'status', status: 503 }, { statusLine: 'HTTP/1.1 503 Service Unavailable' }],
    ['redirect', { kind: 'redirect', status: 302 }, { statusLine: 'HTTP/1.1 302 Found' }],
    ['reset-before-headers', { kind: 'reset-before-headers' }, { statusLine: '', end: 'reset' }],
    ['hang', { kind: 'hang', after: 'request' }, { statusLine: '', end: 'silent' }],
  ])('should get %s', async (_, fault, expected) => {
    const answer = await answerWith(fault, head);
    expect(answer).toMatchObject(expected);
    expect(answer.body.length).toBe(0);
  });

  it.each<[string, Fault]>([
    ['reset-in-body', { kind: 'reset-in-body' }],
    ['truncate', { kind: 'truncate' }],
    ['drip', { kind: 'drip', bytesPerSecond: 1 }],
    ['endless', { kind: 'endless', framing: 'chunked' }],
    ['chunked', { kind: 'chunked' }],
  ])('should get a good answer with %s, which affects only the body', async (_, fault) => {
    const answer = await answerWith(fault, head);
    expect(answer).toMatchObject({ statusLine: 'HTTP/1.1 200 OK', end: 'closed' });
    expect(header(answer, 'Content-Length')).toEqual(['5000']);
    expect(answer.body.length).toBe(0);
  });
});
