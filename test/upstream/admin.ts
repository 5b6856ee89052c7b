import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseFaultsJson } from './fault-schema.ts';
import type { StandInUpstream } from './server.ts';

export interface Admin {
  readonly origin: string;
  close(): Promise<void>;
}

type Action = (upstream: StandInUpstream, request: IncomingMessage) => unknown;

const MAX_BODY_BYTES = 65_536;

const setFaults: Action = async (upstream, request) => {
  upstream.setFaults(parseFaultsJson(await readBody(request)));
  return upstream.faults;
};

/** The action of each path and method. Its result is sent as JSON. */
const routes: Readonly<Record<string, Readonly<Record<string, Action>>>> = {
  '/stats': { GET: ({ counters }) => counters },
  '/faults': {
    GET: ({ faults }) => faults,
    PUT: setFaults,
    DELETE: (upstream) => {
      upstream.setFaults([]);
      return [];
    },
  },
  '/down': { POST: (upstream) => upstream.down().then(() => ({ listening: false })) },
  '/up': { POST: (upstream) => upstream.up().then(() => ({ listening: true })) },
};

/**
 * Controls a stand-in over HTTP, on its own port, because every path of the stand-in is a document. It has no
 * authentication: use it only in test networks. Rejects when it cannot listen.
 */
export async function startAdmin(
  upstream: StandInUpstream,
  { port = 0, host = '127.0.0.1' } = {},
): Promise<Admin> {
  const server = createServer((request, response) => {
    void act(upstream, request).then((answer) => {
      send(response, answer);
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    origin: `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function act(upstream: StandInUpstream, request: IncomingMessage): Promise<Answer> {
  const path = request.url ?? '/';
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined) {
    return {
      status: 404,
      body: { error: `${path} is no route: there are ${Object.keys(routes).join(', ')}` },
    };
  }
  const action = route[request.method ?? 'GET'];
  if (action === undefined) {
    const allow = Object.keys(route).join(', ');
    return { status: 405, body: { error: `${path} takes ${allow}` }, headers: { Allow: allow } };
  }
  try {
    return { status: 200, body: await action(upstream, request) };
  } catch (error) {
    return { status: 400, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  // After the loop, because leaving the loop early would close the connection before the answer.
  if (length > MAX_BODY_BYTES) throw new RangeError(`the body must not exceed ${MAX_BODY_BYTES} bytes`);
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  const mapsAsObjects = (_: string, value: unknown): unknown =>
    value instanceof Map ? Object.fromEntries(value) : value;
  const json = `${JSON.stringify(body, mapsAsObjects, 2)}\n`;
  response
    .writeHead(status, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(json),
      ...headers,
    })
    .end(json);
}
