import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { makeDocuments, type Documents } from './documents.ts';
import { eventually } from './eventually.ts';
import { rawRequest } from './raw-client.ts';
import { realDocuments } from './real-documents.ts';
import { startUpstream, type StandInUpstream, type UpstreamOptions } from './server.ts';

const started: StandInUpstream[] = [];

async function start(options: UpstreamOptions = {}): Promise<StandInUpstream> {
  const upstream = await startUpstream(options);
  started.push(upstream);
  return upstream;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((upstream) => upstream.close()));
});

const documents = makeDocuments();
const onlyPdf: UpstreamOptions = { documents, mix: [{ document: 'pdf', weight: 1 }] };

async function fetchBytes(url: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(url)).arrayBuffer());
}

function nameOf(bytes: Buffer, among: Documents = documents): string {
  return Object.entries(among).find(([, document]) => (document as Buffer).equals(bytes))?.[0] ?? 'unknown';
}

async function fetchNames(upstream: StandInUpstream, count: number, path = '/1'): Promise<string[]> {
  const names: string[] = [];
  for (let i = 0; i < count; i++) names.push(nameOf(await fetchBytes(upstream.origin + path)));
  return names;
}

describe('the documents drawn', () => {
  it('should be 5 PNG, 4 PDF and 1 damaged PDF in 10, for any path', async () => {
    const upstream = await start({ documents });
    const names = [
      ...(await fetchNames(upstream, 500)),
      ...(await fetchNames(upstream, 500, '/any/path?really')),
    ];
    const count = (name: string): number => names.filter((drawn) => drawn === name).length;
    expect(count('png') + count('pdf') + count('damaged')).toBe(1_000);
    expect(Math.abs(count('png') - 500)).toBeLessThan(60);
    expect(Math.abs(count('pdf') - 400)).toBeLessThan(60);
    expect(Math.abs(count('damaged') - 100)).toBeLessThan(40);
    expect([...upstream.counters.byDocument].sort()).toEqual(
      [...new Set(names)].map((name) => [name, count(name)]).sort(),
    );
  });

  it('should have the same order for the same seed, and another order for another seed', async () => {
    const namesFor = async (seed: number): Promise<string[]> =>
      fetchNames(await start({ seed, documents }), 50);
    const names = await namesFor(4);
    expect(await namesFor(4)).toEqual(names);
    expect(await namesFor(5)).not.toEqual(names);
  });

  it('should have the same order with and without faults', async () => {
    const faulty = await start({ documents, faults: [{ ratio: 0.5, fault: { kind: 'empty' } }] });
    const plain = await start({ documents });
    const [broken, whole] = [await fetchNames(faulty, 50), await fetchNames(plain, 50)];
    expect(broken.filter((name) => name === 'unknown').length).toBeGreaterThan(10);
    broken.forEach((name, index) => {
      if (name !== 'unknown') expect(name).toBe(whole[index]);
    });
  });

  it('should follow another mix, and have their media types', async () => {
    const upstream = await start({ documents, mix: [{ document: 'damaged', weight: 1 }] });
    const response = await fetch(upstream.url.replace('{id}', '42'));
    expect(response.headers.get('content-type')).toBe('application/pdf');
    expect(nameOf(Buffer.from(await response.arrayBuffer()))).toBe('damaged');
  });

  it('should be rejected when the mix has no weight', async () => {
    await expect(startUpstream({ mix: [] })).rejects.toThrow(RangeError);
  });
});

describe('an answer', () => {
  const lastModified = 'Thu, 29 Feb 2024 12:00:00 GMT';
  const whole = [
    `Last-Modified: ${lastModified}`,
    'Accept-Ranges: bytes',
    'Content-Length: 13000',
    'Content-Type: application/pdf',
  ];

  it("should have the headers of Go's http.ServeFile", async () => {
    const { port } = await start(onlyPdf);
    const { statusLine, headers, body } = await rawRequest(port);
    expect(statusLine).toBe('HTTP/1.1 200 OK');
    expect(headers.filter((line) => !/^(Date|Connection): /.test(line))).toEqual(whole);
    expect(body.equals(documents.pdf)).toBe(true);
  });

  it('should have no body for HEAD', async () => {
    const { port } = await start(onlyPdf);
    const { headers, body } = await rawRequest(port, { method: 'HEAD' });
    expect(headers).toEqual(expect.arrayContaining(whole));
    expect(body.length).toBe(0);
  });

  it('should leave the connection open for the next request', async () => {
    const upstream = await start(onlyPdf);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 3; i++) {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        httpRequest(upstream.origin, { agent }, resolve).on('error', reject).end();
      });
      await response.resume().toArray();
    }
    expect(upstream.counters.connections).toBe(1);
    expect(upstream.counters.openSockets).toBe(1);
    agent.destroy();
  });

  it.each([
    ['bytes=0-99', 0, 99],
    ['bytes=12990-', 12_990, 12_999],
    ['bytes=-10', 12_990, 12_999],
    ['bytes=-99999', 0, 12_999],
    ['bytes=12999-99999', 12_999, 12_999],
  ])('should be a part for Range: %s', async (range, first, last) => {
    const { port } = await start(onlyPdf);
    const { statusLine, headers, body } = await rawRequest(port, { headers: [`Range: ${range}`] });
    expect(statusLine).toBe('HTTP/1.1 206 Partial Content');
    expect(headers).toContain(`Content-Range: bytes ${first}-${last}/13000`);
    expect(headers).toContain(`Content-Length: ${last - first + 1}`);
    expect(body.equals(documents.pdf.subarray(first, last + 1))).toBe(true);
  });

  it.each(['bytes=13000-', 'bytes=-0', 'bytes=5-4', 'bytes=-', 'bytes=x', 'lines=1-2'])(
    'should be 416 for Range: %s',
    async (range) => {
      const { port } = await start(onlyPdf);
      const { statusLine, headers, body } = await rawRequest(port, { headers: [`Range: ${range}`] });
      expect(statusLine).toBe('HTTP/1.1 416 Range Not Satisfiable');
      expect(headers).toContain('Content-Range: bytes */13000');
      expect(body.toString()).toBe('invalid range: failed to overlap\n');
    },
  );

  it.each([
    ['200 for several ranges', 200, ['Range: bytes=0-1,4-5']],
    ['206 for a range of this version', 206, ['Range: bytes=0-1', `If-Range: ${lastModified}`]],
    ['200 for a range of another version', 200, ['Range: bytes=0-1', 'If-Range: "other"']],
    ['304 when it has not changed', 304, [`If-Modified-Since: ${lastModified}`]],
    ['200 when it has', 200, ['If-Modified-Since: Thu, 29 Feb 2024 11:59:59 GMT']],
    [
      '200 when an entity tag is asked for too',
      200,
      ['If-None-Match: "x"', `If-Modified-Since: ${lastModified}`],
    ],
    ['200 when the date is none', 200, ['If-Modified-Since: yesterday']],
  ])('should be %s', async (_, status, headers) => {
    const { port } = await start(onlyPdf);
    const { statusLine, body } = await rawRequest(port, { headers });
    expect(statusLine).toContain(` ${status} `);
    expect(body.length).toBe({ 200: 13_000, 206: 2, 304: 0 }[status]);
  });

  it('should redirect from index.html to its folder', async () => {
    const { port } = await start(onlyPdf);
    const { statusLine, headers } = await rawRequest(port, { path: '/a/index.html?b=c' });
    expect(statusLine).toBe('HTTP/1.1 301 Moved Permanently');
    expect(headers).toContain('Location: ./?b=c');
  });

  it('should be 400 for a path with dot segments', async () => {
    const { port } = await start(onlyPdf);
    expect((await rawRequest(port, { path: '/a/../b' })).statusLine).toBe('HTTP/1.1 400 Bad Request');
  });
});

describe('the stand-in', () => {
  it('should count requests by method and path, and keep the last headers', async () => {
    const upstream = await start(onlyPdf);
    await rawRequest(upstream.port, { path: '/1', method: 'HEAD' });
    await rawRequest(upstream.port, { path: '/1' });
    await rawRequest(upstream.port, { path: '/2', headers: ['X-Request-Id: abc'] });
    const { requests, byMethod, byPath, lastHeaders } = upstream.counters;
    expect(requests).toBe(3);
    expect(Object.fromEntries(byMethod)).toEqual({ HEAD: 1, GET: 2 });
    expect(Object.fromEntries(byPath)).toEqual({ '/1': 2, '/2': 1 });
    expect(lastHeaders).toEqual({ host: 'upstream.test', connection: 'close', 'x-request-id': 'abc' });
  });

  it('should change faults between requests, and keep the old ones when the new ones are wrong', async () => {
    const upstream = await start(onlyPdf);
    const status = async (): Promise<number> => (await fetch(upstream.origin)).status;
    expect(await status()).toBe(200);
    upstream.setFaults([{ ratio: 1, fault: { kind: 'status', status: 503 } }]);
    expect(await status()).toBe(503);
    expect(() => {
      upstream.setFaults([{ ratio: 7, fault: { kind: 'empty' } }]);
    }).toThrow('faults[0].ratio must be a number from 0 to 1, got 7');
    expect(await status()).toBe(503);
    upstream.setFaults([]);
    expect(await status()).toBe(200);
    expect(upstream.counters.byFault.get('status')).toBe(2);
  });

  it('should close every connection when it goes down, and serve on the same port when it is up again', async () => {
    const upstream = await start({
      ...onlyPdf,
      faults: [{ ratio: 1, fault: { kind: 'hang', after: 'headers' } }],
    });
    const hanging = rawRequest(upstream.port, { silenceMs: 10_000 });
    await eventually(() => upstream.counters.requests === 1);
    await upstream.down();
    expect((await hanging).end).not.toBe('silent');
    expect(upstream.counters.openSockets).toBe(0);
    expect(await rawRequest(upstream.port)).toMatchObject({ statusLine: '', end: 'reset' });
    await upstream.down();
    upstream.setFaults([]);
    await upstream.up();
    await upstream.up();
    expect((await fetchBytes(upstream.origin)).equals(documents.pdf)).toBe(true);
  });

  it('should reject when the port is in use', async () => {
    const { port } = await start(onlyPdf);
    await expect(startUpstream({ ...onlyPdf, port })).rejects.toThrow('EADDRINUSE');
  });
});

const real = realDocuments();
if (real !== undefined) {
  it('should serve the documents of the real upstream', async () => {
    const upstream = await start({ documents: real });
    const seen = new Set<string>();
    for (let i = 0; i < 60; i++) seen.add(nameOf(await fetchBytes(upstream.origin), real));
    expect(seen).toEqual(new Set(['png', 'pdf', 'damaged']));
  });
}
