import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { WireFault } from './faults.ts';
import { sendText, serveFile, type ServedFile } from './serve-file.ts';

/** One request and its response. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly file: ServedFile;
  /** The random position in the body, 0 to 1, of a fault without `at`. */
  readonly point: number;
}

/** Faults that affect only the body, so that HEAD cannot show them. */
const BODY_FAULTS: ReadonlySet<WireFault['kind']> = new Set([
  'reset-in-body',
  'truncate',
  'chunked',
  'drip',
  'endless',
]);

const TEBIBYTE = 2 ** 40;
const FILLER = Buffer.alloc(65_536, '.');
const ERROR_PAGE = '<!DOCTYPE html><html><body><h1>Service temporarily unavailable</h1></body></html>\n';

/**
 * Answers with the fault. Resolves when this side sends nothing more, or when the client has left. A HEAD request
 * gets a good answer if the fault affects only the body.
 */
export async function inject(fault: WireFault, exchange: Exchange): Promise<void> {
  const { request, response, file, point } = exchange;
  if (request.method === 'HEAD' && BODY_FAULTS.has(fault.kind)) {
    serveFile(request, response, file);
    return;
  }
  const { bytes, mediaType } = file;
  const length = bytes.length;
  const socket = request.socket;
  const head = (headers: OutgoingHttpHeaders = {}): void => {
    response.writeHead(200, { 'Content-Type': mediaType, 'Content-Length': length, ...headers });
  };

  switch (fault.kind) {
    case 'status':
      if (fault.retryAfter !== undefined) response.setHeader('Retry-After', fault.retryAfter);
      if (fault.status === 204 || fault.status === 304) response.writeHead(fault.status).end();
      else sendText(response, fault.status, `status ${fault.status} on demand`);
      return;

    case 'reset-before-headers':
      socket.resetAndDestroy();
      return;

    case 'reset-in-body':
      head();
      await send(response, bytes.subarray(0, Math.floor((fault.at ?? point) * length)));
      // A reset can discard bytes that the client has not read yet.
      await pause(20, response);
      socket.resetAndDestroy();
      return;

    case 'truncate':
      head();
      // At least one byte must be missing.
      await send(response, bytes.subarray(0, Math.min(length - 1, Math.floor((fault.at ?? point) * length))));
      socket.destroySoon();
      return;

    case 'wrong-type': {
      const contentType = fault.contentType ?? (mediaType === 'image/png' ? 'application/pdf' : 'image/png');
      const headers = contentType === '' ? {} : { 'Content-Type': contentType };
      response.writeHead(200, { ...headers, 'Content-Length': length }).end(bytes);
      return;
    }

    case 'wrong-length':
      head({ 'Content-Length': wrongLength(fault.length, length) });
      response.end(bytes);
      return;

    case 'chunked':
      response.writeHead(200, { 'Content-Type': mediaType, 'Transfer-Encoding': 'chunked' });
      for (let at = 0; at < length; at += 4_096) response.write(bytes.subarray(at, at + 4_096));
      response.end();
      return;

    case 'drip':
      head();
      return drip(response, bytes, fault.bytesPerSecond);

    case 'endless': {
      const framing =
        fault.framing === 'chunked' ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': TEBIBYTE };
      response.writeHead(200, { 'Content-Type': mediaType, ...framing });
      await send(response, bytes);
      while (!response.destroyed) {
        await send(response, FILLER);
        // A closing connection accepts every write at once. Without a turn of the event loop between writes it would
        // never close.
        await setImmediate();
      }
      return;
    }

    case 'redirect':
      response
        .writeHead(fault.status, { Location: fault.location ?? request.url ?? '/', 'Content-Length': 0 })
        .end();
      return;

    case 'hang':
      if (fault.after === 'request') return;
      head();
      await send(response, bytes.subarray(0, fault.after === 'headers' ? 0 : length >> 1));
      return;

    case 'unasked-partial': {
      const half = bytes.subarray(0, length >> 1);
      response.writeHead(206, {
        'Content-Type': mediaType,
        'Content-Length': half.length,
        'Content-Range': `bytes 0-${half.length - 1}/${length}`,
      });
      response.end(half);
      return;
    }

    case 'unasked-not-modified':
      response.writeHead(304, { 'Last-Modified': file.lastModified.toUTCString() }).end();
      return;

    case 'unasked-gzip': {
      const packed = gzipSync(bytes);
      head({ 'Content-Encoding': 'gzip', 'Content-Length': packed.length });
      response.end(packed);
      return;
    }

    case 'header-bomb': {
      const fields = Math.ceil(fault.bytes / 1_024);
      for (let i = 0; i < fields; i++) response.setHeader(`X-Filler-${i}`, '.'.repeat(1_024));
      head();
      response.end(bytes);
      return;
    }

    case 'empty':
      head({ 'Content-Length': 0 });
      response.end();
      return;

    case 'interim':
      for (let i = 0; i < fault.count; i++) sendInterim(response, fault.status);
      serveFile(request, response, file);
      return;

    case 'html':
      head({ 'Content-Type': 'application/pdf', 'Content-Length': ERROR_PAGE.length });
      response.end(ERROR_PAGE);
      return;

    default:
      return fault satisfies never;
  }
}

function wrongLength(
  kind: 'too-small' | 'too-large' | 'repeated' | 'malformed',
  length: number,
): string | string[] {
  switch (kind) {
    case 'too-small':
      return String(length - 10);
    case 'too-large':
      return String(length + 10);
    case 'repeated':
      return [String(length), String(length - 10)];
    case 'malformed':
      return `${length}, all of it`;
  }
}

async function drip(response: ServerResponse, bytes: Buffer, bytesPerSecond: number): Promise<void> {
  const intervalMs = Math.max(100, 1_000 / bytesPerSecond);
  const portion = Math.max(1, Math.round((bytesPerSecond * intervalMs) / 1_000));
  for (let at = 0; at < bytes.length; at += portion) {
    await send(response, bytes.subarray(at, at + portion));
    await pause(intervalMs, response);
  }
  if (!response.destroyed) response.end();
}

function sendInterim(response: ServerResponse, status: 100 | 102 | 103): void {
  switch (status) {
    case 100:
      response.writeContinue();
      return;
    case 102:
      response.writeProcessing();
      return;
    case 103:
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
  }
}

/** Sends the headers and this part of the body. Resolves when the kernel has them, or when the client has left. */
function send(response: ServerResponse, part: Buffer): Promise<void> {
  return untilClosed(response, (done) => {
    response.flushHeaders();
    response.write(part, done);
  });
}

/** Waits for this time, or until the client leaves. */
export async function pause(ms: number, response: ServerResponse): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await untilClosed(response, (done) => (timer = setTimeout(done, ms)));
  clearTimeout(timer);
}

/** Starts an action with a callback. Resolves at the callback or at the end of the connection, whichever is first. */
function untilClosed(response: ServerResponse, start: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) {
      resolve();
      return;
    }
    const done = (): void => {
      response.off('close', done);
      resolve();
    };
    response.once('close', done);
    start(done);
  });
}
