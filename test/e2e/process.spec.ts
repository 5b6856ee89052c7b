import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { eventually } from '../eventually.ts';
import { makeDocuments } from '../upstream/documents.ts';
import { startUpstream, type StandInUpstream } from '../upstream/server.ts';
import { type GatewayProcess, type ProcessOptions, withProcess } from './gateway-process.ts';
import type { Env, LogLine } from './harness.ts';
import { parseAnswers } from './raw-http.ts';

const KEY = 'the-key-of-the-process-4be7';
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

// Intact documents: a damaged one would be fetched again, which takes as long again.
const mix = [{ document: 'png', weight: 1 }] as const;
const documents = makeDocuments();

const envOf = ({ url }: StandInUpstream): Env => ({
  API_KEY: KEY,
  HOST: '127.0.0.1',
  PORT: '0',
  UPSTREAM_URL: url,
  DRAIN_DELAY_MS: '0',
});

/** Runs a test with its own process and upstream. */
async function withService(
  options: ProcessOptions,
  test: (gateway: GatewayProcess, upstream: StandInUpstream) => Promise<void>,
): Promise<void> {
  const upstream = await startUpstream({ mix, documents });
  const env = { ...envOf(upstream), ...options.env };
  try {
    await withProcess({ ...options, env }, (gateway) => test(gateway, upstream));
  } finally {
    await upstream.close();
  }
}

/** The first line of a level. Lines at the end of the process may come before earlier ones. */
const lineAt = ({ lines }: GatewayProcess, wanted: string): LogLine | undefined =>
  lines.find(({ level }) => level === wanted);

const messages = ({ lines }: GatewayProcess): unknown[] => lines.map(({ msg }) => msg);

/** Calls back with the write end of a full pipe without a reader. */
async function withFullPipe(test: (writer: number) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'document-gateway-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, 'w');
  execFileSync('dd', ['if=/dev/zero', 'bs=4096', 'count=16', 'status=none'], {
    stdio: ['ignore', writer, 'ignore'],
  });
  try {
    await test(writer);
  } finally {
    closeSync(writer);
    closeSync(reader);
    rmSync(folder, { recursive: true });
  }
}

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function healthOf(origin: string): Promise<number> {
  const { status } = await request(origin).get('/health');
  return status;
}

/** Resolves after a document from a service whose log does not tell that it listens. */
async function delivers(port: number): Promise<void> {
  const origin = `http://127.0.0.1:${port}`;
  await eventually(async () => {
    expect(await healthOf(origin)).toBe(200);
  }, 50_000);
  await request(origin).get('/1').set('X-API-KEY', KEY).expect(200);
}

/** The status of the answer to a request for a document, or 0 without one. */
function statusOf(origin: string): Promise<number> {
  return request(origin)
    .get('/1')
    .set('X-API-KEY', KEY)
    .then(
      (answer) => answer.status,
      () => 0,
    );
}

/**
 * Requests a document and resolves when the upstream has the request. `status` is that of the answer, or 0 without
 * one.
 */
async function inFlight(
  upstream: StandInUpstream,
  origin: string,
): Promise<{ readonly status: Promise<number> }> {
  const before = upstream.counters.requests;
  const status = statusOf(origin);
  await eventually(() => {
    expect(upstream.counters.requests).toBeGreaterThan(before);
  });
  return { status };
}

// The tests wait for processes, each for its own: they run side by side.
describe('wrong settings', () => {
  it.concurrent('should end the process before it listens, with one line for each of them', () =>
    withService(
      { env: { API_KEY: ' ', PORT: 'http', UPSTREAM_URL: 'nowhere', LOG_LEVEL: 'loud' } },
      async (gateway) => {
        expect(await gateway.exited).toEqual({ code: 1, signal: null });
        const [first, ...lines] = gateway.stderr.trimEnd().split('\n');
        expect(first).toBe('invalid configuration:');
        expect(lines.sort()).toEqual([
          'API_KEY is required unless API_KEYS_FILE is set: one key, or several separated by commas',
          'LOG_LEVEL must be trace, debug, info, warn, error, fatal or silent',
          'PORT must be a whole number from 0 to 65535',
          'UPSTREAM_URL must hold {id} exactly once',
        ]);
        expect(gateway.stdout).toBe('');
      },
    ),
  );

  it.concurrent('should never be shown with their values', () =>
    withService({ env: { API_KEY: 'schlüssel-geheim', PORT: 'geheim' } }, async (gateway) => {
      expect(await gateway.exited).toEqual({ code: 1, signal: null });
      expect(gateway.stderr).toContain('API_KEY must be printable ASCII');
      expect(gateway.stderr + gateway.stdout).not.toContain('geheim');
    }),
  );

  it.concurrent.each([
    ['that is missing', undefined, ['API_KEYS_FILE cannot be read: ENOENT keys.json']],
    [
      'that is half',
      '{"consumers": [{"name": "acme", "key": "geheim',
      [expect.stringMatching(/^API_KEYS_FILE is not valid JSON/)],
    ],
    [
      'of mistakes',
      '{"consumers": [{"name": "acme", "key": "geheim"}, {"name": "ge heim"}]}',
      [
        expect.stringMatching(/^API_KEYS_FILE consumers.0.key must be/),
        expect.stringMatching(/^API_KEYS_FILE consumers.1.name must be/),
      ],
    ],
  ])('should include a file of keys %s', (_, keys, lines) =>
    withService({ env: { API_KEYS_FILE: 'keys.json' }, keys }, async (gateway) => {
      expect(await gateway.exited).toEqual({ code: 1, signal: null });
      expect(gateway.stderr.split('\n')).toEqual(['invalid configuration:', ...lines, '']);
      expect(gateway.stdout).toBe('');
      expect(gateway.stderr).not.toMatch(/ge ?heim/);
    }),
  );

  it.concurrent('should not be taken from a file when the environment has better ones', () =>
    withService({ dotenv: `API_KEY=\nPORT=nonsense\nMAX_ATTEMPTS=2\n` }, async (gateway, upstream) => {
      const origin = await gateway.listening();
      upstream.setFaults([{ ratio: 1, fault: { kind: 'damaged' } }]);
      const before = upstream.counters.requests;
      await request(origin).get('/1').set('X-API-KEY', KEY).expect(502);
      expect(upstream.counters.requests - before).toBe(2);
    }),
  );
});

describe('the running process', () => {
  it.concurrent(
    'should say where it listens, warn of a short key without showing it, and log JSON and nothing else',
    () =>
      withService({ env: { API_KEY: `${KEY},shortkey` } }, async (gateway) => {
        const origin = await gateway.listening();
        expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
        await request(origin).get('/1').set('X-API-KEY', 'shortkey').expect(200);
        await eventually(() => {
          expect(gateway.lines.find(({ route }) => route === '/:id')).toMatchObject({
            status: 200,
            consumer: 'key-2',
          });
        });
        expect(lineAt(gateway, 'warn')).toMatchObject({
          msg: expect.stringContaining('fewer than 16 characters'),
        });
        expect(gateway.stdout + gateway.stderr).not.toContain('shortkey');
        expect(gateway.stderr).toBe('');
      }),
  );

  it.concurrent('should end with a clear message when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const taken = withService({ env: { PORT: String(port) } }, async (gateway) => {
      expect(await gateway.exited).toEqual({ code: 1, signal: null });
      expect(lineAt(gateway, 'fatal')).toMatchObject({
        err: { code: 'EADDRINUSE' },
        msg: expect.stringContaining('PORT'),
      });
    });
    await taken.finally(() => other.close());
  });
});

describe('a standstill of the process', () => {
  const head = `GET /1 HTTP/1.1\r\nHost: a\r\nX-API-KEY: ${KEY}\r\n`;

  /** Stops the process for as long as the time limits below, and lets `meanwhile` write to its sockets. */
  async function standStill(gateway: GatewayProcess, meanwhile: () => void): Promise<void> {
    gateway.kill('SIGSTOP');
    // The signal takes effect at once, but not before the next instruction of the process.
    await sleep(100);
    meanwhile();
    await sleep(4_000);
    gateway.kill('SIGCONT');
  }

  it.concurrent.each([
    // Node adds a second to it.
    ['a request on a kept connection', { KEEP_ALIVE_TIMEOUT_MS: '2000' }, `${head}\r\n`, `${head}\r\n`],
    ['the rest of a request', { REQUEST_TIMEOUT_MS: '2000' }, `${head}\r\n${head}`, '\r\n'],
  ])('should not end the wait for %s that came meanwhile', (_, env, before, meanwhile) =>
    withService({ env }, async (gateway) => {
      const { port } = new URL(await gateway.listening());
      const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
      let received = '';
      socket.setEncoding('latin1').on('data', (text: string) => (received += text));
      const statuses = (): string[] => received.match(/(?<=HTTP\/1.1 )\d+/g) ?? [];
      socket.write(before);
      await eventually(() => {
        expect(statuses()).toEqual(['200']);
      });
      await standStill(gateway, () => socket.write(meanwhile));
      await eventually(() => {
        expect(statuses()).toEqual(['200', '200']);
      });
      socket.destroy();
    }),
  );

  it.concurrent('should not count for the drain delay: requests that came meanwhile are answered', () =>
    withService({ env: { DRAIN_DELAY_MS: '2000' } }, async (gateway) => {
      const origin = await gateway.listening();
      await request(origin).get('/health').expect(200);
      gateway.kill('SIGTERM');
      await eventually(() => {
        expect(gateway.stdout).toContain('shutting down');
      });
      const statuses: Promise<number>[] = [];
      await standStill(gateway, () => {
        for (let i = 0; i < 5; i += 1) statuses.push(statusOf(origin));
      });
      expect(await Promise.all(statuses)).toEqual([200, 200, 200, 200, 200]);
      expect(await gateway.exited).toEqual({ code: 0, signal: null });
    }),
  );

  it.concurrent('should not count for the time limit of a shutdown', () =>
    withService({ env: { SHUTDOWN_TIMEOUT_MS: '2000' } }, async (gateway, upstream) => {
      const origin = await gateway.listening();
      upstream.setFaults([{ ratio: 1, fault: { kind: 'latency', ms: 1_000 } }]);
      const { status } = await inFlight(upstream, origin);
      gateway.kill('SIGTERM');
      await eventually(() => {
        expect(gateway.stdout).toContain('shutting down');
      });
      await standStill(gateway, () => undefined);
      expect(await status).toBe(200);
      expect(await gateway.exited).toEqual({ code: 0, signal: null });
      expect(messages(gateway)).not.toContainEqual(expect.stringContaining('cut off'));
    }),
  );
});

describe('a signal', () => {
  it.concurrent.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s should let what is in flight finish, then end the process with 0',
    (signal) =>
      withService({}, async (gateway, upstream) => {
        const origin = await gateway.listening();
        upstream.setFaults([{ ratio: 1, fault: { kind: 'latency', ms: 500 } }]);
        const { status } = await inFlight(upstream, origin);
        gateway.kill(signal);
        expect(await status).toBe(200);
        expect(await gateway.exited).toEqual({ code: 0, signal: null });
        // The last log line is not lost.
        expect(gateway.lines.find(({ route }) => route === '/:id')).toMatchObject({
          status: 200,
          outcome: 'delivered',
        });
        expect(messages(gateway)).toContain('stopped');
        expect(gateway.stderr).toBe('');
      }),
  );

  it.concurrent('should answer all requests that a client had sent on one connection', () =>
    withService({ env: { DRAIN_DELAY_MS: '1000' } }, async (gateway, upstream) => {
      const { port } = new URL(await gateway.listening());
      const before = upstream.counters.requests;
      upstream.setFaults([{ ratio: 1, fault: { kind: 'drip', bytesPerSecond: 100_000 } }]);
      const client = connect(Number(port), '127.0.0.1');
      client.write(`GET /1 HTTP/1.1\r\nHost: a\r\nX-API-KEY: ${KEY}\r\n\r\n`.repeat(3));
      await eventually(() => {
        expect(upstream.counters.requests).toBe(before + 3);
      });
      gateway.kill('SIGTERM');
      const chunks: Buffer[] = [];
      for await (const chunk of client) chunks.push(chunk as Buffer);
      const { answers } = parseAnswers(Buffer.concat(chunks), false);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(answers.at(-1)?.headers).toMatchObject({ connection: 'close' });
      upstream.setFaults([]);
      expect(await gateway.exited).toEqual({ code: 0, signal: null });
    }),
  );

  it.concurrent('should let a slow client have the rest of its document', async () => {
    const large = await startUpstream({
      documents: makeDocuments({ pngBytes: 12_000_000 }),
      mix: [{ document: 'png', weight: 1 }],
    });
    await withService({ env: { UPSTREAM_URL: large.url } }, async (gateway) => {
      const { port } = new URL(await gateway.listening());
      const client = connect(Number(port), '127.0.0.1');
      client.write(`GET /1 HTTP/1.1\r\nHost: a\r\nX-API-KEY: ${KEY}\r\n\r\n`);
      await once(client, 'readable');
      gateway.kill('SIGTERM');
      await eventually(() => {
        expect(messages(gateway).some((text) => String(text).startsWith('shutting down'))).toBe(true);
      });
      let received = 0;
      for await (const chunk of client) {
        received += (chunk as Buffer).length;
        await setImmediate();
      }
      expect(received).toBeGreaterThan(12_000_000);
      expect(await gateway.exited).toEqual({ code: 0, signal: null });
    });
    await large.close();
  });

  it.concurrent(
    'should not wait for clients that have not finished asking, or that do not close a refused connection',
    () =>
      withService({ env: { REQUEST_TIMEOUT_MS: '300' } }, async (gateway) => {
        const port = Number(new URL(await gateway.listening()).port);
        const refused = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
        refused.write('GET /1 HT');
        await once(refused.resume(), 'end');
        const asking = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
        asking.on('error', () => undefined);
        asking.write('GET /1 HTTP/1.1\r\nHost');
        await once(asking, 'connect');
        gateway.kill('SIGTERM');
        expect(await gateway.exited).toEqual({ code: 0, signal: null });
        refused.destroy();
        asking.destroy();
      }),
  );

  it.concurrent(
    'should make the replica unready at once, while documents are still served for the drain delay',
    () =>
      withService({ env: { DRAIN_DELAY_MS: '3000' } }, async (gateway) => {
        const origin = await gateway.listening();
        await request(origin).get('/health/ready').expect(200);
        gateway.kill('SIGTERM');
        await eventually(async () => {
          expect((await request(origin).get('/health/ready')).status).toBe(503);
        });
        await request(origin).get('/1').set('X-API-KEY', KEY).expect(200);
        await request(origin).get('/health').expect(200);
        expect(await gateway.exited).toEqual({ code: 0, signal: null });
      }),
  );

  it.concurrent('should end the process at once when it is the second', () =>
    withService(
      { env: { DEADLINE_MS: '60000', UPSTREAM_HEADERS_TIMEOUT_MS: '60000' } },
      async (gateway, upstream) => {
        const origin = await gateway.listening();
        upstream.setFaults([{ ratio: 1, fault: { kind: 'hang', after: 'request' } }]);
        const { status } = await inFlight(upstream, origin);
        gateway.kill('SIGTERM');
        await eventually(() => {
          expect(gateway.stdout).toContain('shutting down');
        });
        // A second signal within 500 ms would count as the first.
        await sleep(600);
        const startedAt = performance.now();
        gateway.kill('SIGTERM');
        expect(await gateway.exited).toEqual({ code: 1, signal: null });
        expect(performance.now() - startedAt).toBeLessThan(5_000);
        expect(await status).toBe(0);
        expect(lineAt(gateway, 'warn')).toMatchObject({ signal: 'SIGTERM' });
        expect(gateway.lines).toContainEqual(
          expect.objectContaining({
            documentId: '1',
            status: 503,
            cause: 'cut off by the end of the process',
          }),
        );
      },
    ),
  );

  it.concurrent('should count once when it comes twice at once, as from npm and from the process group', () =>
    withService({}, async (gateway, upstream) => {
      const origin = await gateway.listening();
      upstream.setFaults([{ ratio: 1, fault: { kind: 'latency', ms: 500 } }]);
      const { status } = await inFlight(upstream, origin);
      gateway.kill('SIGINT');
      gateway.kill('SIGTERM');
      expect(await status).toBe(200);
      expect(await gateway.exited).toEqual({ code: 0, signal: null });
    }),
  );

  it.concurrent.each([
    ['the signals are taken first', 'dist/start.js', undefined],
    [
      'tracing is looked for',
      'dist/tracing/wanted.js',
      new URL('../../dist/tracing/register.js', import.meta.url),
    ],
  ])('should end the process at once while %s, before the rest is loaded', (_, module, register) => {
    const preload = `
        import { registerHooks } from 'node:module';
        registerHooks({
          load(url, context, next) {
            if (url.endsWith('/${module}')) process.kill(process.pid, 'SIGTERM');
            return next(url, context);
          },
        });
        ${register === undefined ? '' : `await import('${register.href}');`}`;
    return withService({ preload }, async (gateway) => {
      expect(await gateway.exited).toEqual({ code: 0, signal: null });
      expect(gateway.stdout + gateway.stderr).toBe('');
    });
  });

  it.concurrent('should reach the service through npm, which forwards it', async () => {
    const upstream = await startUpstream({ mix, documents });
    const port = await freePort();
    const npm = spawn('npm', ['run', '--silent', 'start:prod'], {
      cwd: ROOT,
      detached: true,
      env: { ...process.env, ...envOf(upstream), PORT: String(port), DRAIN_DELAY_MS: '100' },
      stdio: 'ignore',
    });
    const exited = once(npm, 'exit');
    const origin = `http://127.0.0.1:${port}`;
    try {
      await eventually(async () => {
        expect(await healthOf(origin)).toBe(200);
      }, 50_000);
      upstream.setFaults([{ ratio: 1, fault: { kind: 'latency', ms: 500 } }]);
      const { status } = await inFlight(upstream, origin);
      npm.kill('SIGTERM');
      expect(await status).toBe(200);
      await exited;
      await expect(healthOf(origin)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    } finally {
      try {
        process.kill(-(npm.pid ?? 0), 'SIGKILL');
      } catch {
        // It has ended, as expected.
      }
      await upstream.close();
    }
  });

  it.concurrent('should end the process in bounded time: slow requests are cut off', () =>
    withService(
      {
        env: {
          DEADLINE_MS: '60000',
          UPSTREAM_HEADERS_TIMEOUT_MS: '60000',
          SHUTDOWN_TIMEOUT_MS: '200',
        },
      },
      async (gateway, upstream) => {
        const origin = await gateway.listening();
        upstream.setFaults([{ ratio: 1, fault: { kind: 'hang', after: 'request' } }]);
        const { status } = await inFlight(upstream, origin);
        gateway.kill('SIGTERM');
        expect(await gateway.exited).toEqual({ code: 1, signal: null });
        expect(await status).toBe(0);
        expect(lineAt(gateway, 'error')).toMatchObject({
          msg: expect.stringContaining('SHUTDOWN_TIMEOUT_MS'),
        });
        expect(lineAt(gateway, 'warn')).toMatchObject({
          documentId: '1',
          status: 503,
          cause: 'cut off by the end of the process',
          msg: 'request failed',
        });
      },
    ),
  );
});

describe('what hangs at the end', () => {
  it.concurrent.each([
    ['one signal', '500', 0],
    ['two signals', '60000', 1],
  ])('should not hold %s when it is the reader of the log', (_, SHUTDOWN_TIMEOUT_MS, code) =>
    withFullPipe(async (stdout) => {
      const port = await freePort();
      const env = { PORT: String(port), SHUTDOWN_TIMEOUT_MS };
      await withService({ env, stdout }, async (gateway) => {
        await delivers(port);
        gateway.kill('SIGTERM');
        // A signal counts as the first within 500 ms after that one was seen, which may be late.
        const again = code === 1 ? setInterval(() => gateway.kill('SIGTERM'), 600) : undefined;
        const exited = await gateway.exited;
        clearInterval(again);
        expect(exited).toEqual({ code, signal: null });
      });
    }),
  );

  it.concurrent(
    'should not hold the exit when it is a thread, as for a name server that does not answer',
    () => {
      // Opening a pipe for reading waits for a writer, like a DNS lookup for its server.
      const preload = `
        import { execFileSync } from 'node:child_process';
        import { open } from 'node:fs';
        execFileSync('mkfifo', ['never-written']);
        open('never-written', () => undefined);`;
      return withService({ preload }, async (gateway) => {
        await gateway.listening();
        gateway.kill('SIGTERM');
        expect(await gateway.exited).toEqual({ code: 0, signal: null });
        expect(messages(gateway)).toContain('stopped');
      });
    },
  );
});

describe('a log that cannot be written', () => {
  it.concurrent('should neither stop the service nor its end', async () => {
    const stdout = openSync('/dev/full', 'w');
    const port = await freePort();
    await withService({ env: { PORT: String(port) }, stdout }, async (gateway) => {
      await delivers(port);
      gateway.kill('SIGTERM');
      expect(await gateway.exited).toEqual({ code: 0, signal: null });
      expect(gateway.stderr).toBe('');
    });
    closeSync(stdout);
  });
});

describe('an error that nobody caught', () => {
  it.concurrent.each([
    ['thrown', `process.once('SIGUSR2', () => { throw new Error('a defect'); })`],
    ['rejected', `process.once('SIGUSR2', () => { void Promise.reject(new Error('a defect')); })`],
  ])('should be logged and end the process, when it is %s', (_, preload) =>
    withService({ preload }, async (gateway) => {
      await gateway.listening();
      gateway.kill('SIGUSR2');
      expect(await gateway.exited).toEqual({ code: 1, signal: null });
      expect(lineAt(gateway, 'fatal')).toMatchObject({
        err: { message: 'a defect', stack: expect.stringContaining('Error: a defect') },
      });
    }),
  );

  it.concurrent('should be logged with the id of the request in which it was thrown', () => {
    // The value identifies the timer of the deadline.
    const preload = `
        const { setTimeout } = globalThis;
        const fail = () => { throw new Error('a defect'); };
        globalThis.setTimeout = (run, ms, ...rest) =>
          ms === 54321 ? setTimeout(fail, 1) : setTimeout(run, ms, ...rest);`;
    return withService({ env: { DEADLINE_MS: '54321' }, preload }, async (gateway, upstream) => {
      const origin = await gateway.listening();
      upstream.setFaults([{ ratio: 1, fault: { kind: 'latency', ms: 5_000 } }]);
      const asking = request(origin).get('/1').set({ 'X-API-KEY': KEY, 'X-Request-Id': 'the-unlucky' });
      await expect(asking.then((answer) => answer.status)).rejects.toThrow();
      expect(await gateway.exited).toEqual({ code: 1, signal: null });
      expect(lineAt(gateway, 'fatal')).toMatchObject({
        requestId: 'the-unlucky',
        err: { message: 'a defect' },
      });
    });
  });
});
