import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type request from 'supertest';
import { eventually } from '../eventually.ts';
import { makeDocuments, makePdf } from '../upstream/documents.ts';
import type { Fault } from '../upstream/faults.ts';
import { realDocuments } from '../upstream/real-documents.ts';
import {
  type Env,
  type Gateway,
  KEY,
  type LogLine,
  payForRetries,
  problemIn,
  startGateway,
  withGateway,
} from './harness.ts';

/** The log line of a request. */
const lineOf = (gateway: Gateway, { headers }: request.Response): Promise<LogLine> =>
  gateway.lineOf((headers as Record<string, string>)['x-request-id']);

function isIntact(gateway: Gateway, { headers, body }: request.Response): boolean {
  const { pdf, png } = gateway.upstream.documents;
  const expected = (headers as Record<string, string>)['content-type'] === 'application/pdf' ? pdf : png;
  return expected.equals(body as Buffer);
}

/** The breaker does not open, and timeouts are short. */
const EAGER: Env = {
  BREAKER_MIN_SAMPLES: '100000',
  UPSTREAM_HEADERS_TIMEOUT_MS: '300',
  UPSTREAM_BODY_TIMEOUT_MS: '300',
  MAX_DOCUMENT_BYTES: '1000000',
};

/** A fault, with the status, the problem and a part of the cause when every attempt meets it. */
type Refusal = readonly [fault: Fault, status: number, slug: string, cause: string];

async function expectRefusal(gateway: Gateway, ...[fault, status, slug, cause]: Refusal): Promise<void> {
  gateway.fail(fault);
  const answer = await gateway.get('/1');
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  const { type } = problemIn(answer.body);
  expect(type).toBe(`urn:problem-type:document-gateway:${slug}`);
  expect(String(answer.body)).not.toMatch(/127\.0\.0\.1|169\.254|ECONN|UND_ERR|\d+ ms/);
  expect(await lineOf(gateway, answer)).toMatchObject({
    status,
    outcome: String(type).split(':').at(-1),
    cause: expect.stringContaining(cause),
  });
}

describe('a document', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await startGateway(EAGER);
    payForRetries(gateway);
  });

  afterAll(() => gateway.close());

  beforeEach(() => {
    gateway.fail();
  });

  it('should always be whole, although one in ten of the upstream is damaged', async () => {
    const damagedBefore = gateway.upstream.counters.byDocument.get('damaged') ?? 0;
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const some: request.Response[] = [];
        for (let i = 0; i < 25; i += 1) some.push(await gateway.get('/1').expect(200));
        return some;
      }),
    );
    expect(answers.flat().every((answer) => isIntact(gateway, answer))).toBe(true);
    expect((gateway.upstream.counters.byDocument.get('damaged') ?? 0) - damagedBefore).toBeGreaterThan(5);
  });

  const bearable: readonly Fault[] = [
    { kind: 'wrong-type' },
    { kind: 'wrong-type', contentType: '' },
    { kind: 'wrong-type', contentType: 'text/html' },
    { kind: 'chunked' },
    { kind: 'interim', status: 103, count: 5 },
    { kind: 'drip', bytesPerSecond: 200_000 },
    { kind: 'header-bomb', bytes: 8_000 },
    { kind: 'latency', ms: 50 },
  ];

  it.each(bearable.map((fault) => [fault] as const))(
    'should come with its true type through %j',
    async (fault) => {
      gateway.fail(fault);
      for (let i = 0; i < 4; i += 1) {
        const answer = await gateway.get('/1').expect(200);
        expect(isIntact(gateway, answer)).toBe(true);
        expect(answer.headers['content-length']).toBe(String((answer.body as Buffer).length));
      }
    },
  );

  const lasting: readonly Refusal[] = [
    [{ kind: 'damaged' }, 502, 'document-damaged', 'pdf'],
    [{ kind: 'empty' }, 502, 'document-damaged', 'unsupported'],
    [{ kind: 'html' }, 502, 'document-damaged', 'unsupported'],
    [{ kind: 'wrong-length', length: 'too-small' }, 502, 'document-damaged', 'truncated'],
    [{ kind: 'endless', framing: 'chunked' }, 502, 'document-damaged', 'oversized'],
    [{ kind: 'endless', framing: 'content-length' }, 502, 'document-damaged', 'oversized'],
    [{ kind: 'status', status: 404 }, 404, 'document-not-found', '404'],
    [{ kind: 'status', status: 500 }, 502, 'upstream-failed', '500'],
    [{ kind: 'status', status: 503 }, 502, 'upstream-failed', '503'],
    [{ kind: 'status', status: 429 }, 502, 'upstream-failed', '429'],
    [{ kind: 'status', status: 401 }, 502, 'upstream-failed', '401'],
    [{ kind: 'status', status: 201 }, 502, 'upstream-failed', '201'],
    [{ kind: 'status', status: 204 }, 502, 'upstream-failed', '204'],
    [{ kind: 'status', status: 410 }, 502, 'upstream-failed', '410'],
    [{ kind: 'reset-before-headers' }, 502, 'upstream-failed', 'before the headers'],
    [{ kind: 'reset-in-body', at: 0.5 }, 502, 'upstream-failed', 'inside the body'],
    [{ kind: 'truncate', at: 0.9 }, 502, 'upstream-failed', 'inside the body'],
    [{ kind: 'wrong-length', length: 'repeated' }, 502, 'upstream-failed', 'does not match content-length'],
    [{ kind: 'wrong-length', length: 'malformed' }, 502, 'upstream-failed', 'does not match content-length'],
    [{ kind: 'redirect', status: 301 }, 502, 'upstream-failed', '301'],
    [{ kind: 'redirect', status: 302, location: 'http://169.254.169.254/' }, 502, 'upstream-failed', '302'],
    [{ kind: 'redirect', status: 307 }, 502, 'upstream-failed', '307'],
    [{ kind: 'unasked-partial' }, 502, 'upstream-failed', '206'],
    [{ kind: 'unasked-not-modified' }, 502, 'upstream-failed', '304'],
    [{ kind: 'unasked-gzip' }, 502, 'upstream-failed', 'encoded'],
    [{ kind: 'header-bomb', bytes: 100_000 }, 502, 'upstream-failed', 'Headers Overflow'],
  ];

  it.each(lasting)('should be refused when every attempt ends in %j: %i %s', (...refusal) =>
    expectRefusal(gateway, ...refusal),
  );

  it('should be refused when the upstream is not there', async () => {
    await gateway.upstream.down();
    const answer = await gateway.get('/1').expect(502);
    await gateway.upstream.up();
    expect(problemIn(answer.body)['type']).toBe('urn:problem-type:document-gateway:upstream-failed');
    expect(await lineOf(gateway, answer)).toMatchObject({
      attempts: 5,
      cause: expect.stringContaining('ECONNREFUSED'),
    });
    await gateway.get('/1').expect(200);
  });

  it('should be asked for as often as is allowed, and a 404 once', async () => {
    for (const [fault, attempts, requests] of [
      [{ kind: 'damaged' }, 5, 5],
      // The first attempt breaks on a reused connection, and is repeated without being counted.
      [{ kind: 'reset-before-headers' }, 5, 6],
      [{ kind: 'status', status: 404 }, 1, 1],
    ] as const) {
      gateway.fail(fault);
      const before = gateway.upstream.counters.requests;
      const answer = await gateway.get('/1');
      expect(gateway.upstream.counters.requests - before).toBe(requests);
      expect(await lineOf(gateway, answer)).toMatchObject({ attempts });
    }
  });

  it('should pass on Retry-After of the upstream', async () => {
    gateway.fail({ kind: 'status', status: 503, retryAfter: '30' });
    const answer = await gateway.get('/1').expect(502);
    expect(answer.headers['retry-after']).toBe('30');
    gateway.fail({ kind: 'status', status: 429, retryAfter: '999999999' });
    const bounded = await gateway.get('/1').expect(502);
    expect(bounded.headers['retry-after']).toBe('60');
  });

  it('should be fetched with GET and verified for HEAD too', async () => {
    const before = gateway.upstream.counters.byMethod.get('GET') ?? 0;
    const answer = await gateway.head('/1').expect(200);
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(10_000);
    expect(gateway.upstream.counters.byMethod.get('GET')).toBeGreaterThan(before);
    gateway.fail({ kind: 'damaged' });
    await gateway.head('/1').expect(502);
  });
});

describe('a document for which every attempt waits in vain', () => {
  const lasting: readonly Refusal[] = [
    [{ kind: 'wrong-length', length: 'too-large' }, 502, 'upstream-failed', '13000 of 13010 bytes'],
    [{ kind: 'drip', bytesPerSecond: 1 }, 502, 'upstream-failed', 'within 300 ms'],
    [{ kind: 'hang', after: 'request' }, 502, 'upstream-failed', 'no headers within 300 ms'],
    [{ kind: 'hang', after: 'headers' }, 502, 'upstream-failed', 'within 300 ms'],
    [{ kind: 'hang', after: 'half-body' }, 502, 'upstream-failed', 'within 300 ms'],
  ];
  const gateways: Gateway[] = [];

  afterAll(() => Promise.all(gateways.map((gateway) => gateway.close())));

  it('should be refused, for any kind of wait', async () => {
    // They wait at a time, each with its own service. First, all services start.
    const ready: [Gateway, Refusal][] = [];
    for (const refusal of lasting) {
      const gateway = await startGateway(EAGER);
      gateways.push(gateway);
      payForRetries(gateway);
      ready.push([gateway, refusal]);
    }
    const refusals = ready.map(([gateway, refusal]) =>
      expectRefusal(gateway, ...refusal).catch((error: unknown) => {
        throw new Error(`with ${JSON.stringify(refusal)}`, { cause: error });
      }),
    );
    await Promise.all(refusals);
  });
});

describe('an attempt that fails', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await startGateway({ ...EAGER, MAX_ATTEMPTS: '20' });
    payForRetries(gateway);
  });

  afterAll(() => gateway.close());

  const transient: readonly Fault[] = [
    { kind: 'damaged' },
    { kind: 'status', status: 500 },
    { kind: 'status', status: 503, retryAfter: '0' },
    { kind: 'reset-before-headers' },
    { kind: 'reset-in-body', at: 0.5 },
    { kind: 'truncate' },
    { kind: 'hang', after: 'request' },
    { kind: 'hang', after: 'half-body' },
    { kind: 'empty' },
    { kind: 'html' },
    { kind: 'unasked-partial' },
    { kind: 'unasked-gzip' },
    { kind: 'redirect', status: 302 },
    { kind: 'wrong-length', length: 'malformed' },
    { kind: 'wrong-length', length: 'too-small' },
  ];

  it.each(transient.map((fault) => [fault] as const))(
    'should be followed by another, and its document delivered: %j',
    async (fault) => {
      // The attempts take long enough for the fault to end before the last one.
      gateway.fail(fault, { kind: 'latency', ms: 20 });
      const before = gateway.upstream.counters.requests;
      const asking = gateway.get('/1').then((answer) => answer);
      await eventually(() => {
        expect(gateway.upstream.counters.requests).toBeGreaterThan(before);
      });
      gateway.fail();
      const answer = await asking;
      expect(answer.status).toBe(200);
      expect(isIntact(gateway, answer)).toBe(true);
      expect(gateway.upstream.counters.requests - before).toBeGreaterThanOrEqual(2);
    },
  );
});

describe('what the upstream receives', () => {
  it('should be what one attempt needs, and from the client only its trace context', async () => {
    await withGateway({}, {}, async (gateway) => {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      await gateway
        .get('/1?token=secret')
        .set({
          'X-Request-Id': 'request-1',
          traceparent,
          tracestate: 'vendor=1',
          cookie: 'session=1',
          authorization: 'Bearer token',
          'user-agent': 'a client',
          'accept-language': 'de',
          'x-forwarded-for': '10.0.0.1',
          range: 'bytes=0-1',
          'if-none-match': '"etag"',
          baggage: 'user=1',
          forwarded: 'for=10.0.0.1',
          via: '1.1 proxy',
        })
        .expect(200);
      expect(gateway.upstream.counters.lastHeaders).toEqual({
        'x-request-id': 'request-1',
        traceparent,
        tracestate: 'vendor=1',
        accept: 'image/png, image/jpeg, application/pdf',
        'accept-encoding': 'identity',
        host: `127.0.0.1:${gateway.upstream.port}`,
        connection: 'keep-alive',
      });
      expect([...gateway.upstream.counters.byPath.keys()]).toEqual(['/1']);
    });
  });

  it('should have a new request id when that of the client is unsafe', async () => {
    await withGateway({}, {}, async (gateway) => {
      const answer = await gateway.get('/1').set('X-Request-Id', 'a b{"c":1}').expect(200);
      const id = answer.headers['x-request-id'];
      expect(id).toMatch(/^[\da-f-]{36}$/);
      expect(gateway.upstream.counters.lastHeaders['x-request-id']).toBe(id);
    });
  });
});

describe('a JPEG', () => {
  it('should be delivered whole under its type, and never once its image data are damaged', async () => {
    const mix = [{ document: 'jpeg', weight: 1 }] as const;
    await withGateway({}, { mix }, async (gateway) => {
      const { jpeg } = gateway.upstream.documents;
      const answer = await gateway.get('/7').set('Accept', 'image/jpeg').expect(200);
      expect(jpeg.equals(answer.body as Buffer)).toBe(true);
      expect(answer.headers).toMatchObject({
        'content-type': 'image/jpeg',
        'content-disposition': 'inline; filename="7.jpg"',
      });
      await gateway.get('/7').set('Accept', 'image/png, application/pdf').expect(406);
    });

    const documents = makeDocuments();
    const damaged = Buffer.from(documents.jpeg);
    damaged.fill(0, 20_000, 20_512);
    await withGateway({}, { mix, documents: { ...documents, jpeg: damaged } }, async (gateway) => {
      await gateway.get('/7').expect(502);
    });
  });
});

describe('a large document', () => {
  it('should be verified off the event loop and delivered whole', async () => {
    const pdf = makePdf({ bytes: 3_000_000 });
    const documents = {
      pdf,
      png: pdf,
      jpeg: pdf,
      damaged: Buffer.concat([pdf.subarray(0, 1_500_000), pdf.subarray(1_500_001)]),
    };
    await withGateway({}, { documents, mix: [{ document: 'pdf', weight: 1 }] }, async (gateway) => {
      const answers = await Promise.all([1, 2, 3].map((id) => gateway.get(`/${id}`).expect(200)));
      expect(answers.map(({ body }) => pdf.equals(body as Buffer))).toEqual([true, true, true]);
      for (const answer of answers) expect(await lineOf(gateway, answer)).toMatchObject({ verified: true });
      gateway.fail({ kind: 'damaged' });
      await gateway.get('/1').expect(502);
      expect(await gateway.metric('buffered_bytes')).toBe(0);
    });
  });
});

const documents = realDocuments();

if (documents !== undefined)
  describe('the real documents', () => {
    it('should be delivered whole, and the damaged one never', async () => {
      await withGateway({}, { documents }, async (gateway) => {
        for (let i = 0; i < 100; i += 1) {
          expect(isIntact(gateway, await gateway.get(`/${i}`).expect(200))).toBe(true);
        }
        expect(gateway.upstream.counters.byDocument.get('damaged')).toBeGreaterThan(3);
        gateway.fail({ kind: 'damaged' });
        await gateway.get('/1').expect(502);
      });
    });
  });

describe('an upstream that answers with something else', () => {
  it('should never get the document of another request', async () => {
    // Each document contains its id. Answers come in random order.
    const server = createServer((incoming: IncomingMessage, response) => {
      const pdf = makePdf({ bytes: 5_000 + Number((incoming.url ?? '/0').slice(1)) });
      setTimeout(() => response.end(pdf), Math.random() * 20);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await withGateway({ UPSTREAM_URL: `http://127.0.0.1:${port}/{id}` }, {}, async (gateway) => {
      const ids = Array.from({ length: 60 }, (_, id) => id);
      const answers = await Promise.all(
        ids.map((id) => gateway.get(`/${id}`).set('X-API-KEY', KEY).expect(200)),
      );
      expect(answers.map(({ body }) => (body as Buffer).length - 5_000)).toEqual(ids);
    });
    server.close();
    server.closeAllConnections();
  });
});
