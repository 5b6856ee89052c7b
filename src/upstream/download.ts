import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, errors } from 'undici';
import { after, afterRunning, standstillSince } from '../resilience/deadline.ts';
import { refusalOf } from './answer-head.ts';
import { messageOf, UpstreamFailure } from './upstream-failure.ts';

export interface DownloadLimits {
  /** Bytes that a document may have. */
  readonly maxBytes: number;
  /** Milliseconds until the headers are there, connecting included. */
  readonly headersTimeoutMs: number;
  /** Milliseconds of silence inside the body. */
  readonly bodyTimeoutMs: number;
  /** Bytes a second that the body must bring on average, looked at after its first second; 0 for any. */
  readonly minBytesPerSecond: number;
}

/** The first buffer for a body of unknown length; it doubles when it is full. */
const FIRST_BUFFER = 64 * 1024;
/** How much of an answer nobody wants is read to keep its connection. */
const MAX_DISCARDED = 64 * 1024;
/** Far less than lies beside a buffer of the pool, which cannot be handed to another thread. */
const MAX_BESIDE = 4 * 1024;
const RATE_GRACE_MS = 1_000;

/** What an error of the transport means, for the log. */
const BROKEN = {
  connect: 'no connection came about',
  reset: 'the connection broke before the headers',
  truncated: 'the connection broke inside the body',
  protocol: 'what came is no HTTP that can be read',
} as const;

/** Asked before memory is taken for a document: whether it may have that many bytes; fewer than 0 are given back. */
export type Reserve = (bytes: number) => boolean;

/** Receives one answer of the upstream into one buffer, or fails with an UpstreamFailure or the signal's reason. */
export class Download implements Dispatcher.DispatchHandler {
  readonly body: Promise<Buffer>;
  readonly #limits: DownloadLimits;
  readonly #reserve: Reserve;
  readonly #signal: AbortSignal;
  #settle!: { resolve: (body: Buffer) => void; reject: (error: Error) => void };
  #controller: Dispatcher.DispatchController | undefined;
  #cancelTimer: () => void;
  #failure: Error | undefined;
  #buffer: Buffer | undefined;
  #received = 0;
  #announced: number | undefined;
  #bodySince = 0;
  #isOver = false;
  #lastTick = { at: 0, received: 0 };

  constructor(limits: DownloadLimits, reserve: Reserve, signal: AbortSignal) {
    this.#limits = limits;
    this.#reserve = reserve;
    this.#signal = signal;
    this.body = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#cancelTimer = afterRunning(limits.headersTimeoutMs, () => {
      this.#fail(new UpstreamFailure('timeout', `no headers within ${limits.headersTimeoutMs} ms`));
    });
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
      // It is told when the rest has been read, so that the connection can be used again.
      this.#failure = failure;
      return;
    }
    const length = headers['content-length'];
    if (length === undefined) return;
    this.#announced = Number(length);
    if (this.#announced > this.#limits.maxBytes) this.#fail(this.#oversized());
    else this.#reserveBytes(this.#announced);
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    const end = this.#received + chunk.length;
    if (this.#failure !== undefined) {
      if (end > MAX_DISCARDED) this.#fail(this.#failure);
    } else if (end > this.#limits.maxBytes) {
      this.#fail(this.#oversized());
    } else if (chunk.length === this.#announced && isAloneInItsMemory(chunk)) {
      this.#buffer = chunk;
    } else {
      this.#bufferFor(end)?.set(chunk, this.#received);
    }
    this.#received = end;
  }

  onResponseEnd(): void {
    if (this.#failure !== undefined) {
      this.#fail(this.#failure);
    } else if (this.#announced !== undefined && this.#received !== this.#announced) {
      this.#fail(new UpstreamFailure('truncated', `${this.#received} of ${this.#announced} bytes came`));
    } else {
      this.#stop();
      this.#settle.resolve((this.#buffer ?? Buffer.alloc(0)).subarray(0, this.#received));
    }
  }

  onResponseError(_controller: unknown, error: Error): void {
    const kind = this.#kindOf(error);
    const message = `${BROKEN[kind]}: ${messageOf(error)}`;
    this.#fail(this.#failure ?? new UpstreamFailure(kind, message, { cause: error }));
  }

  readonly #onAbort = (): void => {
    this.#fail(this.#signal.reason as Error);
  };

  #fail(error: Error): void {
    this.#failure = error;
    this.#stop();
    this.#settle.reject(error);
    this.#controller?.abort(error);
  }

  #stop(): void {
    this.#isOver = true;
    this.#cancelTimer();
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  /** The buffer, with room up to that byte; undefined when there is no memory for it. */
  #bufferFor(end: number): Buffer | undefined {
    const old = this.#buffer;
    const size = old?.length ?? 0;
    if (end <= size) return old;
    const { maxBytes } = this.#limits;
    const wanted = this.#announced ?? Math.min(Math.max(end, size * 2, FIRST_BUFFER), maxBytes);
    if (this.#announced === undefined && !this.#reserveBytes(wanted)) return undefined;
    // A buffer of its own rather than a slice of the pool: it can be handed to a worker without a copy.
    this.#buffer = Buffer.allocUnsafeSlow(wanted);
    if (old !== undefined) {
      old.copy(this.#buffer, 0, 0, this.#received);
      this.#reserve(-size);
    }
    return this.#buffer;
  }

  #reserveBytes(size: number): boolean {
    const granted = this.#reserve(size);
    if (!granted) this.#fail(new UpstreamFailure('no-memory', `there is no memory for ${size} bytes now`));
    return granted;
  }

  #oversized(): UpstreamFailure {
    return new UpstreamFailure('oversized', `the document has more than ${this.#limits.maxBytes} bytes`);
  }

  #watchBody(): void {
    this.#cancelTimer();
    this.#bodySince = performance.now();
    this.#lastTick = { at: this.#bodySince, received: 0 };
    // Most bodies come together with their headers, and are there by then.
    process.nextTick(() => {
      this.#watchProgress();
    });
  }

  #watchProgress(): void {
    if (this.#isOver) return;
    const startedAt = performance.now();
    const ms = Math.min(this.#limits.bodyTimeoutMs, RATE_GRACE_MS);
    this.#cancelTimer = after(ms, () => {
      this.#checkProgress(standstillSince(startedAt, ms));
      this.#watchProgress();
    });
  }

  /** @param standstillMs milliseconds that do not count, since nothing could be read */
  #checkProgress(standstillMs: number): void {
    const now = performance.now();
    this.#bodySince += standstillMs;
    this.#lastTick.at += standstillMs;
    const { bodyTimeoutMs, minBytesPerSecond } = this.#limits;
    if (this.#received !== this.#lastTick.received) this.#lastTick = { at: now, received: this.#received };
    const seconds = (now - this.#bodySince) / 1000;
    if (now - this.#lastTick.at >= bodyTimeoutMs) {
      this.#timeOut(`nothing more of the body within ${bodyTimeoutMs} ms`);
    } else if (seconds * 1000 >= RATE_GRACE_MS && this.#received < seconds * minBytesPerSecond) {
      this.#timeOut(`the body brings less than ${minBytesPerSecond} bytes a second`);
    }
  }

  /** Of an error of the transport, by how far it had come. */
  #kindOf(error: Error & { code?: unknown }): keyof typeof BROKEN {
    // A parser error has no code of its own.
    const isShort = error.code === MISMATCH && this.#received < (this.#announced ?? 0);
    const isProtocol = error instanceof errors.HTTPParserError || PROTOCOL_CODES.has(String(error.code));
    if (isProtocol && !isShort) return 'protocol';
    if (this.#bodySince > 0) return 'truncated';
    // Nothing is begun without a connection, TLS included.
    return this.#controller === undefined ? 'connect' : 'reset';
  }

  /** An answer that was refused stays refused for its own reason, however slow the rest of it is. */
  #timeOut(message: string): void {
    const came = `${this.#received} of ${this.#announced ?? 'an unknown number of'} bytes came`;
    this.#fail(this.#failure ?? new UpstreamFailure('timeout', `${message}: ${came}`));
  }
}

/** What came in one piece, with no more than its headers beside it, need not be copied out of the pool of buffers. */
function isAloneInItsMemory(chunk: Buffer): boolean {
  return chunk.buffer.byteLength - chunk.length <= MAX_BESIDE;
}

/** Said of a body that is shorter than announced as well, where its end is that of the connection. */
const MISMATCH = 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH';
const PROTOCOL_CODES = new Set(['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_INFO', MISMATCH]);
