import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { makeDocuments, type Documents } from '../upstream/documents.ts';
import type { FaultRule } from '../upstream/faults.ts';
import { realDocuments } from '../upstream/real-documents.ts';
import type { Weighted } from '../upstream/server.ts';

export interface UpstreamSpec {
  /** The share of damaged answers, 0 to 1; 0.1 by default. The others are 5 PNG to 4 PDF. */
  readonly damaged?: number;
  readonly faults?: readonly FaultRule[];
  readonly documents?: DocumentsSpec;
}

/** The real documents, or documents of these sizes. */
export interface DocumentsSpec {
  readonly real?: true;
  readonly pdfBytes?: number;
  readonly pngBytes?: number;
}

/** Gives the same documents as the process of the upstream has. */
export function documentsOf({ real, ...sizes }: DocumentsSpec): Documents {
  const documents = real ? realDocuments() : makeDocuments(sizes);
  if (documents === undefined) throw new Error('the real documents are not here');
  return documents;
}

export interface UpstreamStats {
  readonly requests: number;
  readonly openSockets: number;
}

/** The stand-in upstream in its own process. */
export interface Upstream {
  readonly url: string;
  readonly origin: string;
  readonly documents: Documents;
  setFaults(faults: readonly FaultRule[]): Promise<void>;
  stats(): Promise<UpstreamStats>;
  /** Stops listening and destroys every connection. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Ends the process. */
  stop(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('upstream-process.ts', import.meta.url));

export async function startUpstream({
  damaged = 0.1,
  faults = [],
  documents = {},
}: UpstreamSpec): Promise<Upstream> {
  const mix: readonly Weighted[] = [
    { document: 'png', weight: (5 / 9) * (1 - damaged) },
    { document: 'pdf', weight: (4 / 9) * (1 - damaged) },
    { document: 'damaged', weight: damaged },
  ];
  const child = fork(MAIN, [JSON.stringify({ mix, faults, documents })]);
  const exited = once(child, 'exit');
  const [started] = (await Promise.race([
    once(child, 'message'),
    exited.then(() => Promise.reject(new Error('the stand-in upstream did not start'))),
  ])) as [{ readonly origin: string; readonly admin: string }];

  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(started.admin + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return response.json();
  };
  return {
    url: `${started.origin}/{id}`,
    origin: started.origin,
    documents: documentsOf(documents),
    setFaults: async (rules) => {
      await call('PUT', '/faults', rules);
    },
    stats: async () => (await call('GET', '/stats')) as UpstreamStats,
    down: async () => {
      await call('POST', '/down');
    },
    up: async () => {
      await call('POST', '/up');
    },
    stop: async () => {
      child.disconnect();
      await exited;
    },
  };
}
