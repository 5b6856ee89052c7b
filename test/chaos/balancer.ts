import { once } from 'node:events';
import {
  createServer,
  get,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';

/** A load balancer like that of Kubernetes: it polls the readiness of each backend and never retries. */
export interface Balancer {
  readonly origin: string;
  /** The number of ready backends. */
  readonly ready: number;
  close(): Promise<void>;
}

interface Backend {
  readonly origin: string;
  readonly pool: Pool;
  ready: boolean;
}

/** @param pollMs the interval between two readiness checks of a backend, in milliseconds */
export async function startBalancer(origins: readonly string[], pollMs: number): Promise<Balancer> {
  const backends = origins.map((origin): Backend => ({ origin, pool: new Pool(origin), ready: true }));
  const stop = new AbortController();
  let turn = 0;
  const server = createServer((request, response) => {
    const candidates = backends.filter(({ ready }) => ready);
    const backend = candidates[(turn += 1) % candidates.length];
    const forwarded = backend && forward(backend, request, response);
    (forwarded ?? Promise.reject(new Error('no backend is ready'))).catch((error: unknown) => {
      // Not an answer of the service, so that it counts as a failure.
      response.writeHead(502, { 'content-type': 'text/plain' }).end(`balancer: ${String(error)}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const polls = backends.map(async (backend) => {
    while (!stop.signal.aborted) {
      backend.ready = await isReady(backend.origin);
      await delay(pollMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  });

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get ready() {
      return backends.filter(({ ready }) => ready).length;
    },
    async close() {
      stop.abort();
      server.close();
      server.closeAllConnections();
      await Promise.all([...polls, ...backends.map(({ pool }) => pool.destroy())]);
    },
  };
}

async function forward(
  { pool }: Backend,
  { url = '/', headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answer = await pool.request({ method: 'GET', path: url, headers: withoutHop(headers) });
  const body = await answer.body.bytes();
  response.writeHead(answer.statusCode, withoutHop(answer.headers)).end(body);
}

/** Removes hop-by-hop headers (RFC 9110 section 7.6.1). */
function withoutHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const passed = { ...headers };
  delete passed.connection;
  delete passed['keep-alive'];
  return passed;
}

function isReady(origin: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(`${origin}/health/ready`, { agent: false, timeout: 1_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    }).on('error', () => {
      resolve(false);
    });
  });
}
