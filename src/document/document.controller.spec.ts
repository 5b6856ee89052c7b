import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { httpConfig } from '../http/http.config.ts';
import { Problem } from '../problem/problem.ts';
import { Cancelled } from '../resilience/deadline.ts';
import type { DeliveryPolicy } from './delivery-policy.ts';
import type { DocumentRequest, VerifiedDocument } from './document-source.ts';
import { documentConfig } from './document.config.ts';
import { DocumentController } from './document.controller.ts';
import { buildDocumentMetrics } from './document.metrics.fixture.ts';

const metrics = await buildDocumentMetrics();

/** A connection that accepts what is written, or blocks. */
class FakeResponse extends EventEmitter {
  closed = false;
  writableFinished = false;

  finish(): void {
    this.writableFinished = true;
    this.destroy();
  }

  destroy(): void {
    this.closed = true;
    this.emit('close');
  }
}

class FakeReply {
  readonly raw = new FakeResponse();
  readonly sent: { status?: number; headers: Record<string, string>; body?: Buffer } = { headers: {} };

  code(status: number): this {
    this.sent.status = status;
    return this;
  }

  headers(more: Record<string, string>): this {
    Object.assign(this.sent.headers, more);
    return this;
  }

  header(name: string, value: string): this {
    return this.headers({ [name]: value });
  }

  send(body?: Buffer): this {
    if (body !== undefined) this.sent.body = body;
    return this;
  }
}

interface Run {
  readonly reply: FakeReply;
  readonly record: Record<string, unknown>;
  readonly delivering: PromiseWithResolvers<VerifiedDocument>;
  readonly done: Promise<void>;
  asked(): DocumentRequest;
  /** A document of this size that counts its releases. */
  delivery(bytes: number, ageSeconds?: number): VerifiedDocument;
  released(): number;
}

function respond(
  id = '7',
  env: Readonly<Record<string, string>> = {},
  asking: { headers?: Readonly<Record<string, string>>; query?: Readonly<Record<string, unknown>> } = {},
): Run {
  const delivering = Promise.withResolvers<VerifiedDocument>();
  let asked: DocumentRequest | undefined;
  let released = 0;
  const documents = {
    fetch: (request: DocumentRequest) => {
      asked = request;
      request.signal.addEventListener('abort', () => {
        delivering.reject(request.signal.reason);
      });
      return delivering.promise;
    },
  };
  const controller = new DocumentController(
    documentConfig(env),
    httpConfig(env),
    documents as unknown as DeliveryPolicy,
    metrics,
  );
  const reply = new FakeReply();
  const record: Record<string, unknown> = {};
  const request: Pick<FastifyRequest, 'onEnd'> & Record<string, unknown> = {
    id: 'request-1',
    method: 'GET',
    headers: { tracestate: 'a=b', cookie: 'c=d', ...asking.headers },
    query: asking.query ?? {},
    record,
  };
  reply.raw.once('close', () => request.onEnd?.());
  const done = controller.document(
    id,
    request as unknown as FastifyRequest,
    reply as unknown as FastifyReply,
  );
  return {
    reply,
    record,
    delivering,
    done,
    asked: () => {
      if (asked === undefined) throw new Error('nothing was asked for');
      return asked;
    },
    delivery: (bytes, ageSeconds) => ({
      bytes: Buffer.alloc(bytes),
      format: { mediaType: 'image/png', extension: 'png' },
      entityTag: '"tag"',
      release: () => (released += 1),
      ...(ageSeconds === undefined ? {} : { ageSeconds }),
    }),
    released: () => released,
  };
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe('DocumentController', () => {
  it('should refuse what is not an id, without repeating it', async () => {
    const refusal = await respond('<script>').done.catch((error: unknown) => error);
    expect(refusal).toMatchObject({ type: 'malformed-id' });
    expect((refusal as Problem).toBody('id')).not.toContain('script');
  });

  it('should forward the request id, and nothing else from the client', () => {
    expect(respond().asked()).toMatchObject({ id: '7', headers: { 'x-request-id': 'request-1' } });
    expect(Object.keys(respond().asked().headers)).toEqual(['x-request-id']);
  });

  it('should forward the trace context of the client', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(respond('7', {}, { headers: { traceparent } }).asked().headers).toEqual({
      'x-request-id': 'request-1',
      traceparent,
      tracestate: 'a=b',
    });
  });

  it('should answer with the document and record it', async () => {
    const run = respond();
    run.delivering.resolve(run.delivery(100));
    await run.done;
    expect(run.reply.sent.body).toHaveLength(100);
    expect(run.reply.sent.headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': '100',
      'content-disposition': 'inline; filename="7.png"',
      'accept-ranges': 'none',
    });
    expect(run.reply.sent.headers).not.toHaveProperty('content-range');
    expect(run.record).toEqual({ documentId: '7', outcome: 'delivered', mediaType: 'image/png', bytes: 100 });
  });

  it('should count what clients received, by media type', async () => {
    metrics.delivered.reset();
    metrics.deliveredBytes.reset();
    for (const end of ['destroy', 'finish'] as const) {
      const run = respond();
      run.delivering.resolve(run.delivery(100));
      await run.done;
      run.reply.raw[end]();
    }
    for (const [counter, value] of [
      [metrics.delivered, 1],
      [metrics.deliveredBytes, 100],
    ] as const) {
      const { values } = await counter.get();
      const counts = values.map(({ labels, value: counted }) => [labels['media_type'], counted] as const);
      expect(counts).toEqual([['image/png', value]]);
    }
  });

  it('should mark the last good copy', async () => {
    const run = respond();
    run.delivering.resolve(run.delivery(100, 42));
    await run.done;
    expect(run.reply.sent.headers).toMatchObject({
      age: '42',
      'cache-status': expect.stringContaining('stale'),
    });
    expect(run.record).toMatchObject({ outcome: 'stale' });

    const known = respond('7', {}, { headers: { 'if-none-match': '"tag"' } });
    known.delivering.resolve(known.delivery(100, 42));
    await known.done;
    expect([known.reply.sent.status, known.record['outcome']]).toEqual([304, 'stale']);
  });

  it('should send only the range, and count its bytes', async () => {
    const run = respond('7', {}, { headers: { range: 'bytes=10-19', 'if-range': '"tag"' } });
    run.delivering.resolve(run.delivery(100));
    await run.done;
    expect(run.reply.sent).toMatchObject({
      status: 206,
      headers: { 'content-length': '10', 'content-range': 'bytes 10-19/100' },
    });
    expect(run.reply.sent.body).toHaveLength(10);
    expect(run.reply.sent.headers).not.toHaveProperty('accept-ranges');
    expect(run.record).toMatchObject({ outcome: 'delivered', bytes: 10 });
  });

  it('should release the memory at once when the client has the document', async () => {
    const run = respond('7', {}, { headers: { 'if-none-match': '"tag"' } });
    run.delivering.resolve(run.delivery(100));
    await run.done;
    expect(run.reply.sent).toEqual({
      status: 304,
      headers: { etag: '"tag"', 'cache-control': 'private, no-cache', vary: 'Accept, X-API-KEY' },
    });
    expect(run.record).toEqual({ documentId: '7', outcome: 'not-modified', mediaType: 'image/png' });
    expect(run.released()).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([
    ['not-acceptable', { accept: 'application/pdf' }],
    ['precondition-failed', { 'if-match': '"another"' }],
    ['range-not-satisfiable', { range: 'bytes=100-', 'if-range': '"tag"' }],
  ])('should give the memory back when the answer is %s', async (type, headers) => {
    const run = respond('7', {}, { headers });
    run.delivering.resolve(run.delivery(100));
    await expect(run.done).rejects.toMatchObject({ type });
    expect(run.released()).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('should not fetch a document when none can be acceptable', async () => {
    const run = respond('7', {}, { headers: { accept: 'text/html' } });
    await expect(run.done).rejects.toMatchObject({ type: 'not-acceptable' });
    expect(() => run.asked()).toThrow('nothing was asked for');
  });

  it.each([
    [{}, 'inline'],
    [{ download: '1' }, 'attachment'],
    [{ download: 'true' }, 'attachment'],
    [{ download: '0' }, 'inline'],
    [{ download: '' }, 'inline'],
    [{ download: ['1', '1'] }, 'inline'],
    [{ other: '1' }, 'inline'],
  ])('should offer it as the query %j wishes: %s', async (query, type) => {
    const run = respond('7', {}, { query });
    run.delivering.resolve(run.delivery(1));
    await run.done;
    expect(run.reply.sent.headers['content-disposition']).toBe(`${type}; filename="7.png"`);
  });

  it('should allow only clients to cache it, with revalidation, and set Vary', async () => {
    const run = respond();
    run.delivering.resolve(run.delivery(1));
    await run.done;
    expect(run.reply.sent.headers).toMatchObject({
      'cache-control': 'private, no-cache',
      vary: 'Accept, X-API-KEY',
    });
  });

  it('should release the memory when the answer was sent', async () => {
    const run = respond();
    run.delivering.resolve(run.delivery(100));
    await run.done;
    expect(run.released()).toBe(0);
    run.reply.raw.destroy();
    expect(run.released()).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('should release the memory when the client leaves just as its document arrives', async () => {
    const run = respond();
    run.delivering.resolve(run.delivery(100));
    run.reply.raw.destroy();
    await run.done;
    expect(run.released()).toBe(1);
    expect(run.reply.sent.body).toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('should cancel the work without an answer when the client leaves', async () => {
    const run = respond();
    run.reply.raw.destroy();
    await run.done;
    expect(run.asked().signal.reason).toBeInstanceOf(Cancelled);
    expect(run.reply.sent.body).toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('should cut off a client that takes its document too slowly', async () => {
    const run = respond('7', { CLIENT_MIN_BYTES_PER_SECOND: '1000' });
    run.delivering.resolve(run.delivery(5_000));
    await run.done;
    jest.advanceTimersByTime(14_999);
    expect(run.reply.raw.closed).toBe(false);
    jest.advanceTimersByTime(1);
    expect(run.reply.raw.closed).toBe(true);
    expect(run.released()).toBe(1);
  });

  it('should not count time in which the process stood still', async () => {
    const run = respond('7', { CLIENT_MIN_BYTES_PER_SECOND: '1000' });
    run.delivering.resolve(run.delivery(5_000));
    await run.done;
    const now = performance.now.bind(performance);
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + 60_000);
    jest.advanceTimersByTime(15_001);
    expect(run.reply.raw.closed).toBe(false);
    jest.advanceTimersByTime(15_001);
    expect(run.reply.raw.closed).toBe(true);
    clock.mockRestore();
  });

  it('should wait for as long as a timer can, however slow clients may be', async () => {
    const run = respond('7', { CLIENT_MIN_BYTES_PER_SECOND: '1' });
    run.delivering.resolve(run.delivery(3_000_000));
    await run.done;
    jest.advanceTimersByTime(60_000);
    expect(run.reply.raw.closed).toBe(false);
    run.reply.raw.destroy();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('should pass on a problem and leave no timer', async () => {
    const run = respond();
    const problem = new Problem('document-damaged', 'None was whole.');
    run.delivering.reject(problem);
    await expect(run.done).rejects.toBe(problem);
    expect(jest.getTimerCount()).toBe(0);
  });
});
