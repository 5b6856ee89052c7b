import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, describe, expect, it } from '@jest/globals';
import { API_KEY, Gateway, type GatewaySettings } from './gateway.ts';
import { timeUntil } from './time-until.ts';
import { startUpstream } from './upstream.ts';

const started: Gateway[] = [];

/** Starts a gateway that does not check its upstream. It runs until all tests have ended, unless its test ends it. */
async function start(settings: GatewaySettings = {}): Promise<Gateway> {
  const gateway = await Gateway.start({ READINESS_UPSTREAM: 'never', ...settings });
  started.push(gateway);
  return gateway;
}

afterAll(async () => {
  for (const gateway of started) {
    await gateway.stop();
    gateway.dispose();
  }
});

/** Opens a connection without sending a request; `answer` collects the received text. */
async function open(gateway: Gateway): Promise<{ readonly socket: Socket; answer: string; closed: boolean }> {
  const socket = connect(Number(new URL(gateway.origin).port), '127.0.0.1');
  const connection = { socket, answer: '', closed: false };
  socket.on('error', () => undefined);
  socket.on('close', () => (connection.closed = true));
  socket.setEncoding('latin1').on('data', (chunk: string) => (connection.answer += chunk));
  await once(socket, 'connect');
  return connection;
}

const residentBytes = async (gateway: Gateway): Promise<number> =>
  (await gateway.metrics()).sum('process_resident_memory_bytes');

const ASK = 'GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n';

// The tests wait rather than compute, each for its own process: they run side by side.
describe('the gateway', () => {
  it.concurrent('should log an uncaught error with the id of its request, and exit with 1', async () => {
    const gateway = await start();
    // The next timer of a request is its deadline.
    await gateway.inspector.evaluate(`{
      const { setTimeout } = globalThis;
      globalThis.setTimeout = () => setTimeout(() => { throw new Error('thrown for a test'); });
    }`);
    const asked = fetch(`${gateway.origin}/1`, { headers: { 'x-api-key': API_KEY, 'x-request-id': 'r-1' } });
    await expect(asked).rejects.toThrow();
    expect(await gateway.stop()).toBe(1);
    const line = gateway.log.split('\n').find((one) => one.includes('uncaught error'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      level: 'fatal',
      requestId: 'r-1',
      err: { message: 'thrown for a test' },
    });
  });

  it.concurrent('should close connections past its limit, and serve those that it has', async () => {
    const gateway = await start({ MAX_CONNECTIONS: 3 });
    const keepsItsLimit = async (): Promise<boolean> => {
      const served = await Promise.all([open(gateway), open(gateway), open(gateway)]);
      const refused = await open(gateway);
      await timeUntil(() => refused.closed, 10_000);
      for (const { socket } of served) socket.write(ASK);
      const all = await timeUntil(
        () => served.every(({ answer }) => answer.startsWith('HTTP/1.1 200 ')),
        2_000,
      );
      for (const { socket } of [...served, refused]) socket.destroy();
      return refused.closed && refused.answer === '' && all !== undefined;
    };
    // At first, the connection that asked for the readiness may still be open.
    expect(await timeUntil(keepsItsLimit, 40_000)).toBeDefined();
    // There are free connections again.
    expect(await timeUntil(() => gateway.isReady().catch(() => false), 10_000)).toBeDefined();
  });

  it.concurrent(
    'should cut off a client that takes its document too slowly, and free its memory',
    async () => {
      const bytes = 8_000_000;
      const upstream = await startUpstream({ damaged: 0, documents: { pdfBytes: bytes, pngBytes: bytes } });
      try {
        const gateway = await start({ UPSTREAM_URL: upstream.url, CLIENT_MIN_BYTES_PER_SECOND: bytes });
        const { socket } = await open(gateway);
        socket.pause();
        socket.write(`GET /1 HTTP/1.1\r\nHost: gateway\r\nX-API-KEY: ${API_KEY}\r\n\r\n`);
        const holds = (held: number) => async () => (await gateway.metrics()).sum('buffered_bytes') === held;
        expect(await timeUntil(holds(bytes), 10_000)).toBeDefined();
        // The client has ten seconds for any answer, and one for this number of bytes.
        expect(await timeUntil(holds(0), 20_000)).toBeGreaterThan(5_000);
        expect(await timeUntil(() => /"status":499.*client left/.test(gateway.log), 10_000)).toBeDefined();
        socket.destroy();
      } finally {
        await upstream.stop();
      }
    },
  );

  it.concurrent(
    'should use little memory for clients without a key that request much and do not read',
    async () => {
      const gateway = await start();
      const paths = [
        '/',
        '/health',
        '/health/ready',
        '/metrics',
        '/openapi.json',
        '/docs',
        '/1',
        '/not/there',
      ];
      const files = ['index.html', 'page.css', 'page.js', 'swagger-ui.css', 'swagger-ui-bundle.js'];
      const before = await residentBytes(gateway);
      const sockets: Socket[] = [];
      for (const path of [...paths, ...files.map((file) => `/docs/${file}`)]) {
        // More unanswered requests would end the connection.
        const nine = `GET ${path} HTTP/1.1\r\nHost: gateway\r\n\r\n`.repeat(9);
        for (let each = 0; each < 40; each += 1) {
          const { socket } = await open(gateway);
          sockets.push(socket.pause());
          socket.write(nine);
        }
      }
      // The memory would grow with a delay.
      const grows = async (): Promise<boolean> => (await residentBytes(gateway)) - before > 200 * 1024 * 1024;
      expect(await timeUntil(grows, 3_000)).toBeUndefined();
      for (const socket of sockets) socket.destroy();
    },
  );

  it.concurrent('should answer 502 while the name of the upstream is not known', async () => {
    const gateway = await start({ UPSTREAM_URL: 'http://upstream.invalid/{id}' });
    const response = await fetch(`${gateway.origin}/1`, { headers: { 'x-api-key': API_KEY } });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({
      type: 'urn:problem-type:document-gateway:upstream-failed',
    });
    expect((await gateway.metrics()).sum('upstream_attempts_total', 'outcome="connect"')).toBeGreaterThan(0);
  });
});
