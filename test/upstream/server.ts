import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { makeDocuments, type Documents } from './documents.ts';
import { parseFaults } from './fault-schema.ts';
import { drawFaults, type Fault, type FaultRule } from './faults.ts';
import { inject, pause } from './inject.ts';
import { drawWeighted, seededRandom } from './random.ts';
import { serveFile, type ServedFile } from './serve-file.ts';

export interface UpstreamOptions {
  /** The port. 0, the default, takes any free port. */
  readonly port?: number;
  /** A host name or an IPv4 address. The default is 127.0.0.1. */
  readonly host?: string;
  /** The same seed draws the same documents and faults in the order of the requests. The default is 1. */
  readonly seed?: number;
  /** The default is generated documents in the sizes of the real ones. */
  readonly documents?: Documents;
  /** The default is 5 PNG, 4 PDF and 1 damaged PDF in 10. */
  readonly mix?: readonly Weighted[];
  /** The default is none. */
  readonly faults?: readonly FaultRule[];
}

export interface Weighted {
  readonly document: keyof Documents;
  readonly weight: number;
}

/** Live counters since the start. */
export interface Counters {
  readonly requests: number;
  readonly byMethod: ReadonlyMap<string, number>;
  /** Requests for the first 10,000 paths. The others are counted under `(others)`. */
  readonly byPath: ReadonlyMap<string, number>;
  /** Drawn documents, including those that a fault then affected. */
  readonly byDocument: ReadonlyMap<keyof Documents, number>;
  readonly byFault: ReadonlyMap<Fault['kind'], number>;
  /** The headers of the last request. */
  readonly lastHeaders: IncomingHttpHeaders;
  /** All connections since the start, and those that are open now. */
  readonly connections: number;
  readonly openSockets: number;
}

export interface StandInUpstream {
  /** `http://127.0.0.1:PORT/{id}`, the format of UPSTREAM_URL. */
  readonly url: string;
  readonly origin: string;
  readonly port: number;
  readonly documents: Documents;
  readonly counters: Counters;
  readonly faults: readonly FaultRule[];
  /** Sets the faults of later requests. Throws a TypeError for wrong faults, and keeps the old ones then. */
  setFaults(faults: readonly FaultRule[]): void;
  /** Stops listening and closes every connection, like a dead process. */
  down(): Promise<void>;
  /** Listens again on the same port. */
  up(): Promise<void>;
  /** The same as down(). */
  close(): Promise<void>;
}

const DEFAULT_MIX: readonly Weighted[] = [
  { document: 'png', weight: 5 },
  { document: 'pdf', weight: 4 },
  { document: 'damaged', weight: 1 },
];
const MEDIA_TYPES: Readonly<Record<keyof Documents, string>> = {
  png: 'image/png',
  pdf: 'application/pdf',
  jpeg: 'image/jpeg',
  damaged: 'application/pdf',
};
const MAX_PATHS = 10_000;
const LAST_MODIFIED = new Date('2024-02-29T12:00:00Z');

/**
 * Starts a stand-in for dummy-pdf-or-png: any path is a document, drawn at random, with faults on demand. Rejects
 * when it cannot listen. Throws a TypeError for wrong faults and a RangeError for a mix without weight.
 */
export async function startUpstream(options: UpstreamOptions = {}): Promise<StandInUpstream> {
  const { port = 0, host = '127.0.0.1', seed = 1, mix = DEFAULT_MIX } = options;
  const documents = options.documents ?? makeDocuments({ seed });
  let faults = parseFaults(options.faults ?? []);
  // A mix without weight fails here instead of at the first request.
  drawWeighted(mix, () => 0);
  // Two generators, so that faults do not change which documents are drawn.
  const mixRandom = seededRandom(seed);
  const faultRandom = seededRandom(seed + 1);

  const sockets = new Set<Socket>();
  const counters = {
    requests: 0,
    byMethod: new Map<string, number>(),
    byPath: new Map<string, number>(),
    byDocument: new Map<keyof Documents, number>(),
    byFault: new Map<Fault['kind'], number>(),
    lastHeaders: {} as IncomingHttpHeaders,
    connections: 0,
    get openSockets() {
      return sockets.size;
    },
  };

  const fileOf = (document: keyof Documents): ServedFile => ({
    bytes: documents[document],
    mediaType: MEDIA_TYPES[document],
    lastModified: LAST_MODIFIED,
  });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/', headers } = request;
    counters.requests++;
    counters.lastHeaders = headers;
    increment(counters.byMethod, method);
    increment(
      counters.byPath,
      counters.byPath.has(url) || counters.byPath.size < MAX_PATHS ? url : '(others)',
    );

    const drawn = drawWeighted(mix, mixRandom).document;
    const { delayMs, fault, point } = drawFaults(faults, faultRandom);
    const document = fault?.kind === 'damaged' ? 'damaged' : drawn;
    increment(counters.byDocument, document);
    if (fault) increment(counters.byFault, fault.kind);
    if (delayMs > 0) {
      increment(counters.byFault, 'latency');
      await pause(delayMs, response);
      if (response.destroyed) return;
    }
    const file = fileOf(document);
    if (fault === undefined || fault.kind === 'damaged') serveFile(request, response, file);
    else await inject(fault, { request, response, file, point });
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A bug of the stand-in, which must not look like a fault on demand: it ends the process.
      request.socket.destroy();
      throw error;
    });
  });
  // Like Go: an idle connection stays open until the client leaves.
  server.keepAliveTimeout = 0;
  server.on('connection', (socket) => {
    counters.connections++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  const listen = async (on: number): Promise<void> => {
    server.listen(on, host);
    await once(server, 'listening');
  };
  const down = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
    // The server closes before the last socket emits close.
    sockets.clear();
  };
  await listen(port);
  const actualPort = (server.address() as AddressInfo).port;
  const origin = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${actualPort}`;

  return {
    url: `${origin}/{id}`,
    origin,
    port: actualPort,
    documents,
    counters,
    get faults() {
      return faults;
    },
    setFaults(rules) {
      faults = parseFaults(rules);
    },
    down,
    async up() {
      if (!server.listening) await listen(actualPort);
    },
    close: down,
  };
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
