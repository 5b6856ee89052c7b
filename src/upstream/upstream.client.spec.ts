import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/eventually.ts';
import { makeDocuments } from '../../test/upstream/documents.ts';
import type { Fault } from '../../test/upstream/faults.ts';
import { startUpstream, type StandInUpstream, type UpstreamOptions } from '../../test/upstream/server.ts';
import { resilienceConfig } from '../resilience/resilience.config.ts';
import { UpstreamFailure } from './upstream-failure.ts';
import { type AttemptContext, UpstreamClient } from './upstream.client.ts';
import { upstreamConfig } from './upstream.config.ts';

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  // Closes the clients first, so that no server cuts their connections.
  for (const close of closing.splice(0).reverse()) await close();
});

type Env = Readonly<Record<string, string>>;

function clientOf(url: string, env: Env = {}): UpstreamClient {
  const client = new UpstreamClient(upstreamConfig({ UPSTREAM_URL: url, ...env }), resilienceConfig(env));
  closing.push(() => client.onApplicationShutdown());
  return client;
}

interface Setup {
  readonly upstream: StandInUpstream;
  readonly client: UpstreamClient;
}

async function setup(fault?: Fault, env: Env = {}, options: UpstreamOptions = {}): Promise<Setup> {
  const upstream = await startUpstream({
    mix: [{ document: 'pdf', weight: 1 }],
    faults: fault === undefined ? [] : [{ ratio: 1, fault }],
    ...options,
  });
  closing.push(() => upstream.close());
  return { upstream, client: clientOf(upstream.url, env) };
}

/** An upstream that sends exactly this text for every request and keeps the connection open. */
async function scripted(...said: readonly string[]): Promise<{ url: string; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', () => {
      for (const text of said) socket.write(text, 'latin1');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/{id}`, sockets };
}

async function fetch(
  client: UpstreamClient,
  context: Partial<AttemptContext> = {},
  id = '1',
): Promise<Buffer> {
  return client.fetch(id, {
    signal: new AbortController().signal,
    reserve: () => true,
    headers: {},
    ...context,
  });
}

/** Returns the failure of the attempt. */
async function failure(client: UpstreamClient, context?: Partial<AttemptContext>): Promise<UpstreamFailure> {
  try {
    await fetch(client, context);
  } catch (error) {
    if (error instanceof UpstreamFailure) return error;
    throw error;
  }
  throw new Error('the attempt succeeded');
}

describe('what is asked', () => {
  it('should contain the encoded id in its place, and from the caller only its headers', async () => {
    const { upstream } = await setup();
    const client = clientOf(`${upstream.origin}/documents/{id}/content?v=1`);
    await fetch(client, { headers: { 'x-request-id': 'request-1' } }, '007');
    await fetch(client, {}, '../a b?c#d%2f');
    expect([...upstream.counters.byPath.keys()]).toEqual([
      '/documents/007/content?v=1',
      '/documents/..%2Fa%20b%3Fc%23d%252f/content?v=1',
    ]);
  });

  it('should have exactly these headers', async () => {
    const { upstream, client } = await setup();
    const headers = { 'x-request-id': 'request-1', traceparent: '00-1', tracestate: 'a=b' };
    await fetch(client, { headers });
    expect(upstream.counters.lastHeaders).toEqual({
      ...headers,
      'accept-encoding': 'identity',
      host: `127.0.0.1:${upstream.port}`,
      connection: 'keep-alive',
    });
    expect([...upstream.counters.byMethod]).toEqual([['GET', 1]]);
  });

  it('should end each connection when it is told to', async () => {
    const { upstream, client } = await setup(undefined, { UPSTREAM_KEEP_ALIVE: 'false' });
    for (let i = 0; i < 3; i += 1) await fetch(client);
    expect(upstream.counters.connections).toBe(3);
    expect(upstream.counters.lastHeaders).toMatchObject({ connection: 'close' });
  });

  it.each([
    ['true', ['1', '1']],
    ['false', ['1', '2']],
  ])(
    'should get its own answer after one that came twice, without kept connections: %s',
    async (keepAlive, got) => {
      let asked = 0;
      const server = createServer((socket) => {
        let last = '';
        socket.on('error', () => undefined);
        socket.on('data', () => {
          asked += 1;
          const answer = `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${asked}`;
          // The second copy of the previous answer arrives when the connection is in use again.
          socket.write(last + answer);
          last = answer;
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      closing.push(() => new Promise((resolve) => server.close(resolve)));
      const { port } = server.address() as AddressInfo;
      const client = clientOf(`http://127.0.0.1:${port}/{id}`, {
        UPSTREAM_KEEP_ALIVE: keepAlive,
        UPSTREAM_MAX_IN_FLIGHT: '1',
      });
      const answers = [(await fetch(client)).toString()];
      await turn();
      answers.push((await fetch(client)).toString());
      expect(answers).toEqual(got);
    },
  );

  it('should reuse connections', async () => {
    const { upstream, client } = await setup();
    for (let i = 0; i < 10; i += 1) await fetch(client);
    expect(upstream.counters.requests).toBe(10);
    // undici lets a connection rest for a turn of the event loop before it reuses it, so there may be two.
    expect(upstream.counters.connections).toBeLessThanOrEqual(2);
  });
});

describe('a good answer', () => {
  const goodFaults: readonly (Fault | undefined)[] = [
    undefined,
    { kind: 'chunked' },
    { kind: 'wrong-type' },
    { kind: 'wrong-type', contentType: '' },
    { kind: 'interim', status: 103, count: 3 },
    { kind: 'interim', status: 102, count: 1 },
    { kind: 'interim', status: 100, count: 1 },
    { kind: 'interim', status: 100, count: 20 },
    { kind: 'drip', bytesPerSecond: 100_000 },
    { kind: 'header-bomb', bytes: 8_000 },
  ];

  it.each(goodFaults.map((fault) => [fault] as const))('should be the document, with %j', async (fault) => {
    const { upstream, client } = await setup(fault);
    expect((await fetch(client)).equals(upstream.documents.pdf)).toBe(true);
  });

  it.each([undefined, { kind: 'chunked' }, { kind: 'drip', bytesPerSecond: 100_000 }] as const)(
    'should fill its memory, except for headers, and be transferable to another thread, with %j',
    async (fault) => {
      const { client } = await setup(fault);
      const bytes = await fetch(client);
      expect(bytes.buffer.byteLength - bytes.length).toBeLessThan(64 * 1024);
      expect(structuredClone(bytes, { transfer: [bytes.buffer as ArrayBuffer] })).toHaveLength(13_000);
    },
  );

  it.each(['', 'none', 'utf-8', 'identity, identity', ','])(
    'should be accepted with the Content-Encoding %j, which is not a coding',
    async (encoding) => {
      const { url } = await scripted(
        `HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\nContent-Length: 2\r\n\r\nok`,
      );
      expect((await fetch(clientOf(url))).toString()).toBe('ok');
    },
  );

  it('should be whole when it comes in thousands of chunks', async () => {
    const { url } = await scripted(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(2_000)}0\r\n\r\n`,
    );
    expect((await fetch(clientOf(url))).toString()).toBe('x'.repeat(2_000));
  });

  it('should be accepted with blanks behind the Content-Length', async () => {
    const { url } = await scripted('HTTP/1.1 200 OK\r\nContent-Length: 2  \r\n\r\nok');
    expect((await fetch(clientOf(url))).toString()).toBe('ok');
  });

  it('should be taken from a server that only closes at its end', async () => {
    const { url, sockets } = await scripted('HTTP/1.0 200 OK\r\n\r\nall of it');
    const fetching = fetch(clientOf(url));
    await eventually(() => {
      expect([...sockets].map((socket) => socket.bytesWritten > 0)).toEqual([true]);
    });
    for (const socket of sockets) socket.end();
    expect((await fetching).toString()).toBe('all of it');
  });

  it('should be nothing when nothing came', async () => {
    const { client } = await setup({ kind: 'empty' });
    expect(await fetch(client)).toHaveLength(0);
  });
});

describe('an answer that is refused', () => {
  const refused: readonly [Fault, string][] = [
    [{ kind: 'status', status: 404 }, 'not-found'],
    [{ kind: 'status', status: 500 }, 'status'],
    [{ kind: 'status', status: 503, retryAfter: '7' }, 'status'],
    [{ kind: 'status', status: 429 }, 'status'],
    [{ kind: 'status', status: 201 }, 'unacceptable'],
    [{ kind: 'status', status: 204 }, 'unacceptable'],
    [{ kind: 'status', status: 400 }, 'unacceptable'],
    [{ kind: 'status', status: 401 }, 'unacceptable'],
    [{ kind: 'status', status: 410 }, 'unacceptable'],
    [{ kind: 'redirect', status: 302 }, 'unacceptable'],
    [{ kind: 'redirect', status: 308, location: 'http://127.0.0.1:1/' }, 'unacceptable'],
    [{ kind: 'unasked-partial' }, 'unacceptable'],
    [{ kind: 'unasked-not-modified' }, 'unacceptable'],
    [{ kind: 'unasked-gzip' }, 'unacceptable'],
  ];

  it.each(refused)('%j should be %s, and leave the connection for the next attempt', async (fault, kind) => {
    const { upstream, client } = await setup(fault);
    expect(await failure(client)).toMatchObject({ kind });
    expect(upstream.counters.requests).toBe(1);
    await turn();
    upstream.setFaults([]);
    await fetch(client);
    expect(upstream.counters.connections).toBe(1);
  });

  it('should return the wait that the upstream asks for', async () => {
    const { client } = await setup({ kind: 'status', status: 503, retryAfter: '7' });
    expect((await failure(client)).retryAfterMs).toBe(7_000);
  });

  it('should cost no memory', async () => {
    const { client } = await setup({ kind: 'unasked-partial' });
    let asked = 0;
    await failure(client, { reserve: () => (asked += 1) < 0 });
    expect(asked).toBe(0);
  });

  it('should be reported without reading a long body to its end', async () => {
    const { url, sockets } = await scripted(
      `HTTP/1.1 500 Sorry\r\nContent-Length: ${2 ** 40}\r\n\r\n`,
      '.'.repeat(100_000),
    );
    expect(await failure(clientOf(url))).toMatchObject({ kind: 'status' });
    await eventually(() => {
      expect(sockets.size).toBe(0);
    });
  });

  it.each([
    ['404 Not Found', 'not-found'],
    ['503 Later\r\nRetry-After: 1', 'status'],
    ['302 Elsewhere', 'unacceptable'],
  ])('should stay %s when its body never ends', async (head, kind) => {
    const { url } = await scripted(`HTTP/1.1 ${head}\r\nContent-Length: 100\r\n\r\nand then`);
    const client = clientOf(url, { UPSTREAM_BODY_TIMEOUT_MS: '50' });
    expect(await failure(client)).toMatchObject({ kind });
  });
});

describe('an answer that breaks', () => {
  const broken: readonly [Fault, string][] = [
    [{ kind: 'reset-before-headers' }, 'reset'],
    [{ kind: 'reset-in-body', at: 0 }, 'truncated'],
    [{ kind: 'reset-in-body', at: 0.5 }, 'truncated'],
    [{ kind: 'truncate', at: 0 }, 'truncated'],
    [{ kind: 'truncate', at: 0.5 }, 'truncated'],
    [{ kind: 'truncate', at: 1 }, 'truncated'],
    [{ kind: 'wrong-length', length: 'malformed' }, 'protocol'],
    [{ kind: 'wrong-length', length: 'repeated' }, 'protocol'],
    [{ kind: 'header-bomb', bytes: 100_000 }, 'protocol'],
  ];

  it.each(broken)('%j should be %s', async (fault, kind) => {
    const { client } = await setup(fault);
    expect(await failure(client)).toMatchObject({ kind, isOutage: true, mayBeSubject: kind !== 'connect' });
  });

  it('should be truncated as well where the connection was to be closed behind it', async () => {
    const { url, sockets } = await scripted(
      'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\nshort',
    );
    const ending = eventually(() => {
      const [socket] = sockets;
      expect(socket?.bytesWritten).toBeGreaterThan(0);
      socket?.end();
    });
    expect(await failure(clientOf(url))).toMatchObject({ kind: 'truncated' });
    await ending;
  });

  it('should say in the log what broke', async () => {
    for (const [fault, message] of [
      [{ kind: 'reset-before-headers' }, /^the connection broke before the headers: ./],
      [{ kind: 'reset-in-body', at: 0.5 }, /^the connection broke inside the body: ./],
      [{ kind: 'header-bomb', bytes: 100_000 }, /^the answer is not valid HTTP: ./],
    ] as const) {
      const { client } = await setup(fault);
      expect(await failure(client)).toMatchObject({ message: expect.stringMatching(message) });
    }
    expect(await failure(clientOf('http://127.0.0.1:1/{id}'))).toMatchObject({
      message: expect.stringMatching(/^no connection could be made: .*ECONNREFUSED/),
    });
  });

  it('should not be a document when it is longer or shorter than announced', async () => {
    const short = await setup({ kind: 'wrong-length', length: 'too-small' });
    const bytes = await fetch(short.client).catch((error: unknown) => error);
    // The bytes after the announced length are not an answer. Verification judges those before.
    if (Buffer.isBuffer(bytes)) expect(bytes).toHaveLength(13_000 - 10);
    else expect(bytes).toBeInstanceOf(UpstreamFailure);
    const long = await setup(
      { kind: 'wrong-length', length: 'too-large' },
      { UPSTREAM_BODY_TIMEOUT_MS: '50' },
    );
    expect(await failure(long.client)).toMatchObject({ kind: 'timeout' });
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['a status that is none', 'HTTP/1.1 abc OK\r\n\r\n'],
    [
      'both a length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
    ],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['chunks of no size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ])('%s should be no answer', async (_, said) => {
    const { url } = await scripted(said);
    expect(await failure(clientOf(url))).toMatchObject({ kind: 'protocol' });
  });

  it('should be a connect failure when the port is closed', async () => {
    const { upstream, client } = await setup();
    await upstream.down();
    expect(await failure(client)).toMatchObject({ kind: 'connect', isOutage: true, mayBeSubject: false });
    await upstream.up();
    expect(await fetch(client)).toHaveLength(13_000);
  });

  it('should be a connect failure when the host is unknown', async () => {
    expect(await failure(clientOf('http://no-such-host.invalid/{id}'))).toMatchObject({ kind: 'connect' });
  });
});

describe('a slow answer', () => {
  it('should time out before its headers', async () => {
    const { upstream, client } = await setup(
      { kind: 'hang', after: 'request' },
      { UPSTREAM_HEADERS_TIMEOUT_MS: '50' },
    );
    expect(await failure(client)).toMatchObject({ kind: 'timeout', isOutage: true, mayBeSubject: true });
    await eventually(() => {
      expect(upstream.counters.openSockets).toBe(0);
    });
  });

  it.each([{ kind: 'hang', after: 'headers' } as const, { kind: 'hang', after: 'half-body' } as const])(
    'should time out in its body, with %j',
    async (fault) => {
      const { upstream, client } = await setup(fault, { UPSTREAM_BODY_TIMEOUT_MS: '50' });
      expect(await failure(client)).toMatchObject({ kind: 'timeout' });
      await eventually(() => {
        expect(upstream.counters.openSockets).toBe(0);
      });
    },
  );

  it('should time out when it drips, though it is never silent', async () => {
    const { client } = await setup({ kind: 'drip', bytesPerSecond: 1_000 });
    expect(await failure(client)).toMatchObject({
      kind: 'timeout',
      message: expect.stringMatching(
        /^the body arrives at less than 16384 bytes a second: \d+ of 13000 bytes arrived$/,
      ),
    });
  });

  it('should be waited for when any pace is allowed', async () => {
    const { upstream, client } = await setup(
      { kind: 'drip', bytesPerSecond: 10_000 },
      { UPSTREAM_MIN_BYTES_PER_SECOND: '0', UPSTREAM_BODY_TIMEOUT_MS: '1000' },
    );
    expect((await fetch(client)).equals(upstream.documents.pdf)).toBe(true);
  });
});

describe('the size of an answer', () => {
  const small: Env = { MAX_DOCUMENT_BYTES: '12999', MAX_BUFFERED_BYTES: '100000' };

  it('should be checked by Content-Length before memory is reserved', async () => {
    const { client } = await setup(undefined, small);
    let asked = 0;
    const reserve = (): boolean => (asked += 1) > 0;
    expect(await failure(client, { reserve })).toMatchObject({ kind: 'oversized', isOutage: false });
    expect(asked).toBe(0);
  });

  it('should be checked by counting without a Content-Length', async () => {
    const { client } = await setup({ kind: 'chunked' }, small);
    expect(await failure(client)).toMatchObject({ kind: 'oversized' });
  });

  it('may be all that is allowed', async () => {
    const exact: Env = { MAX_DOCUMENT_BYTES: '13000' };
    for (const fault of [undefined, { kind: 'chunked' } as const]) {
      const { client } = await setup(fault, exact);
      expect(await fetch(client)).toHaveLength(13_000);
    }
  });

  it.each(['chunked', 'content-length'] as const)('should end an endless body (%s)', async (framing) => {
    const { upstream, client } = await setup({ kind: 'endless', framing }, { MAX_DOCUMENT_BYTES: '1000000' });
    expect(await failure(client)).toMatchObject({ kind: 'oversized' });
    await eventually(() => {
      expect(upstream.counters.openSockets).toBe(0);
    });
  });

  it('should reserve exactly the announced memory', async () => {
    const { client } = await setup();
    const paid: number[] = [];
    await fetch(client, { reserve: (bytes) => paid.push(bytes) > 0 });
    expect(paid).toEqual([13_000]);
  });

  it('should reserve memory as it grows when it is not announced, and return that of smaller buffers', async () => {
    const { upstream, client } = await setup(
      { kind: 'chunked' },
      {},
      { mix: [{ document: 'png', weight: 1 }], documents: makeDocuments({ pngBytes: 200_000 }) },
    );
    let held = 0;
    let most = 0;
    const bytes = await fetch(client, {
      reserve: (more) => {
        held += more;
        most = Math.max(most, held);
        return true;
      },
    });
    expect(bytes.equals(upstream.documents.png)).toBe(true);
    expect(held).toBe(bytes.buffer.byteLength);
    expect(held).toBeLessThan(2 * 200_000);
    expect(most).toBeLessThan(3 * 200_000);
  });

  it.each([undefined, { kind: 'chunked' } as const])(
    'should be too much when there is no memory, with %j',
    async (fault) => {
      const { upstream, client } = await setup(fault);
      expect(await failure(client, { reserve: () => false })).toMatchObject({
        kind: 'no-memory',
        isOutage: false,
      });
      await eventually(() => {
        expect(upstream.counters.openSockets).toBe(0);
      });
    },
  );
});

describe('a caller who leaves', () => {
  it('should start nothing when the signal is already aborted', async () => {
    const { upstream, client } = await setup();
    await expect(fetch(client, { signal: AbortSignal.abort(new Error('left')) })).rejects.toThrow('left');
    expect(upstream.counters.connections).toBe(0);
  });

  it.each(['request', 'headers', 'half-body'] as const)(
    'should cut the attempt at once, silent after the %s',
    async (after) => {
      const { upstream, client } = await setup({ kind: 'hang', after });
      const controller = new AbortController();
      const fetching = fetch(client, { signal: controller.signal });
      await eventually(() => {
        expect(upstream.counters.requests).toBe(1);
      });
      controller.abort(new Error('left'));
      await expect(fetching).rejects.toThrow('left');
      await eventually(() => {
        expect(upstream.counters.openSockets).toBe(0);
      });
      upstream.setFaults([]);
      expect(await fetch(client)).toHaveLength(13_000);
    },
  );

  it('should leave no listener behind on its signal', async () => {
    const { upstream, client } = await setup();
    const { signal } = new AbortController();
    let listeners = 0;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    await fetch(client, { signal });
    upstream.setFaults([{ ratio: 1, fault: { kind: 'reset-before-headers' } }]);
    await failure(client, { signal });
    expect(listeners).toBe(0);
  });
});

describe('the end of the service', () => {
  it('should end what is under way', async () => {
    const { upstream, client } = await setup({ kind: 'hang', after: 'request' });
    const fetching = failure(client);
    await eventually(() => {
      expect(upstream.counters.requests).toBe(1);
    });
    await client.onApplicationShutdown();
    expect(await fetching).toBeInstanceOf(UpstreamFailure);
  });
});
