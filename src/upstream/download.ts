import type { IncomingHttpHeaders } from 'node:http';
import type { ConfigType } from '@nestjs/config';
import { type Dispatcher, errors } from 'undici';
import { after, afterRunning, standstillSince } from '../resilience/deadline.ts';
import type { resilienceConfig } from '../resilience/resilience.config.ts';
import { refusalOf } from './answer-head.ts';
import { messageOf, UpstreamFailure } from './upstream-failure.ts';
import type { upstreamConfig } from './upstream.config.ts';

export type DownloadLimits = Pick<ConfigType<typeof resilienceConfig>, 'maxDocumentBytes'> &
  Pick<ConfigType<typeof upstreamConfig>, 'headersTimeoutMs' | 'bodyTimeoutMs' | 'minBytesPerSecond'>;

/** The first buffer for a body of unknown length, in bytes. It doubles when it is full. */
const FIRST_BUFFER = 64 * 1024;
/** The maximum of a refused answer that is read to keep its connection, in bytes. */
const MAX_DISCARDED = 64 * 1024;
/** The maximum of other bytes in the memory of a chunk. The pool of Node has more, and cannot be transferred. */
const MAX_BESIDE = 4 * 1024;
const RATE_GRACE_MS = 1_000;
/** After so many chunks, other connections are served: each chunk takes time, whatever its size. */
const CHUNKS_PER_TURN = 512;

/** The meaning of transport errors, for the log. */
const BROKEN = {
  connect: 'no connection could be made',
  reset: 'the connection broke before the headers',
  truncated: 'the connection broke inside the body',
  protocol: 'the answer is not valid HTTP',
  'no-socket': 'no connection could be made, for lack of descriptors, ports or memory',
} as const;
/** Errors of connections that this process or machine causes, not the upstream. */
const LACKS = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM']);

/** Reserves memory for a document, in bytes; a negative number returns some. False when there is not enough. */
export type Reserve = (bytes: number) => boolean;

/** Receives the body of one answer in one buffer. Rejects with an UpstreamFailure or the signal's reason. */
export class Download implements Dispatcher.DispatchHandler {
  readonly #settle = Promise.withResolvers<Buffer>();
  readonly body = this.#settle.promise;
  #controller: Dispatcher.DispatchController | undefined;
  #cancelTimer: () => void;
  #failure: Error | undefined;
  #buffer: Buffer | undefined;
  #received = 0;
  #chunks = 0;
  #announced: number | undefined;
  #bodySince = 0;
  #isOver = false;
  #lastTick = { at: 0, received: 0 };

  constructor(
    private readonly limits: DownloadLimits,
    private readonly reserve: Reserve,
    private readonly signal: AbortSignal,
  ) {
    this.#cancelTimer = afterRunning(limits.headersTimeoutMs, () =>
      this.#fail(new UpstreamFailure('timeout', `no headers within ${limits.headersTimeoutMs} ms`)),
    );
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure !== undefined) controller.abort(this.#failure);
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#watchBody();
    const failure = refusalOf(status, headers);
    if (failure !== undefined) {
      // Rejects only after the rest of the body, so that the connection can be reused.
      this.#failure = failure;
      return;
    }
    const length = headers['content-length'];
    if (length === undefined) return;
    this.#announced = Number(length);
    if (this.#announced > this.limits.maxDocumentBytes) this.#fail(this.#oversized());
    else this.#reserveBytes(this.#announced);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const end = this.#received + chunk.length;
    if (this.#failure !== undefined) {
      if (end > MAX_DISCARDED) this.#fail(this.#failure);
    } else if (end > this.limits.maxDocumentBytes) {
      this.#fail(this.#oversized());
    } else if (chunk.length === this.#announced && isAloneInItsMemory(chunk)) {
      this.#buffer = chunk;
    } else {
      this.#bufferFor(end)?.set(chunk, this.#received);
    }
    this.#received = end;
    this.#chunks += 1;
    if (this.#chunks % CHUNKS_PER_TURN !== 0) return;
    controller.pause();
    setImmediate(() => controller.resume());
  }

  onResponseEnd(): void {
    if (this.#failure !== undefined) {
      this.#fail(this.#failure);
    } else if (this.#announced !== undefined && this.#received !== this.#announced) {
      this.#fail(new UpstreamFailure('truncated', `${this.#received} of ${this.#announced} bytes arrived`));
    } else {
      this.#stop();
      this.#settle.resolve((this.#buffer ?? Buffer.alloc(0)).subarray(0, this.#received));
    }
  }

  onResponseError(_controller: unknown, error: Error & { readonly code?: unknown }): void {
    const kind = this.#kindOf(error);
    const message = `${BROKEN[kind]}: ${messageOf(error)}`;
    // undici miscounts when blanks follow the length, although they are no part of it (RFC 9110 section 5.5).
    if (error.code === MISMATCH && this.#received === this.#announced) this.onResponseEnd();
    else this.#fail(this.#failure ?? new UpstreamFailure(kind, message, { cause: error }));
  }

  readonly #onAbort = (): void => this.#fail(this.signal.reason as Error);

  #fail(error: Error): void {
    this.#failure = error;
    this.#stop();
    this.#settle.reject(error);
    this.#controller?.abort(error);
  }

  #stop(): void {
    this.#isOver = true;
    this.#cancelTimer();
    this.signal.removeEventListener('abort', this.#onAbort);
  }

  /** Returns the buffer, grown to at least `end` bytes; undefined when there is no memory for it. */
  #bufferFor(end: number): Buffer | undefined {
    const old = this.#buffer;
    const size = old?.length ?? 0;
    if (end <= size) return old;
    const { maxDocumentBytes } = this.limits;
    const wanted = this.#announced ?? Math.min(Math.max(end, size * 2, FIRST_BUFFER), maxDocumentBytes);
    if (this.#announced === undefined && !this.#reserveBytes(wanted)) return undefined;
    // Outside the pool of Node, so that it can be transferred to a worker without a copy.
    this.#buffer = Buffer.allocUnsafeSlow(wanted);
    if (old !== undefined) {
      old.copy(this.#buffer, 0, 0, this.#received);
      this.reserve(-size);
    }
    return this.#buffer;
  }

  #reserveBytes(size: number): boolean {
    const granted = this.reserve(size);
    if (!granted) this.#fail(new UpstreamFailure('no-memory', `too little memory for ${size} bytes`));
    return granted;
  }

  #oversized(): UpstreamFailure {
    return new UpstreamFailure(
      'oversized',
      `the document has more than ${this.limits.maxDocumentBytes} bytes`,
    );
  }

  #watchBody(): void {
    this.#cancelTimer();
    this.#bodySince = performance.now();
    this.#lastTick = { at: this.#bodySince, received: 0 };
    // Most bodies arrive together with their headers and need no timer.
    process.nextTick(() => this.#watchProgress());
  }

  #watchProgress(): void {
    if (this.#isOver) return;
    const startedAt = performance.now();
    const ms = Math.min(this.limits.bodyTimeoutMs, RATE_GRACE_MS);
    this.#cancelTimer = after(ms, () => {
      this.#checkProgress(standstillSince(startedAt, ms));
      this.#watchProgress();
    });
  }

  /** @param standstillMs milliseconds in which the process stood still, which do not count */
  #checkProgress(standstillMs: number): void {
    const now = performance.now();
    this.#bodySince += standstillMs;
    this.#lastTick.at += standstillMs;
    const { bodyTimeoutMs, minBytesPerSecond } = this.limits;
    if (this.#received !== this.#lastTick.received) this.#lastTick = { at: now, received: this.#received };
    const seconds = (now - this.#bodySince) / 1000;
    if (now - this.#lastTick.at >= bodyTimeoutMs) {
      this.#timeOut(`no data of the body within ${bodyTimeoutMs} ms`);
    } else if (seconds * 1000 >= RATE_GRACE_MS && this.#received < seconds * minBytesPerSecond) {
      this.#timeOut(`the body arrives at less than ${minBytesPerSecond} bytes a second`);
    }
  }

  #kindOf(error: Error & { code?: unknown }): keyof typeof BROKEN {
    // A parser error has no code.
    const isShort = error.code === MISMATCH && this.#received < (this.#announced ?? 0);
    const isProtocol = error instanceof errors.HTTPParserError || PROTOCOL_CODES.has(String(error.code));
    if (isProtocol && !isShort) return 'protocol';
    if (this.#bodySince > 0) return 'truncated';
    // Without a connection, TLS included, undici does not start the request.
    if (this.#controller !== undefined) return 'reset';
    return LACKS.has(String(error.code)) ? 'no-socket' : 'connect';
  }

  /** A refused answer keeps its first reason, even if its rest is too slow. */
  #timeOut(message: string): void {
    const arrived = `${this.#received} of ${this.#announced ?? 'an unknown number of'} bytes arrived`;
    this.#fail(this.#failure ?? new UpstreamFailure('timeout', `${message}: ${arrived}`));
  }
}

/** Whether the chunk fills its memory, except for at most the headers. Such a chunk needs no copy. */
function isAloneInItsMemory(chunk: Buffer): boolean {
  return chunk.buffer.byteLength - chunk.length <= MAX_BESIDE;
}

/** undici also reports this for a body that is shorter than announced, if the end of the connection is its end. */
const MISMATCH = 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH';
const PROTOCOL_CODES = new Set(['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_INFO', MISMATCH]);
