import { write } from 'node:fs';

/** Lines are written together, this many bytes or what came in this time: a write costs more than a line. */
const BATCH_BYTES = 8 * 1024;
const BATCH_MS = 100;
/** What one write hands over; the capacity of a pipe. */
const MAX_WRITE_BYTES = 64 * 1024;
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** A descriptor that another process has made non-blocking is asked again this soon. */
const BUSY_RETRY_MS = 10;
const BUSY = new Set(['EAGAIN', 'EBUSY', 'EINTR']);
/** One that fails, for instance since its disk is full, is tried again after this time. */
const FAILURE_RETRY_MS = 1_000;

/** Lines that were dropped because too many waited. */
export interface Loss {
  readonly lines: number;
  /** The code of the last error of the descriptor; undefined when the reader was just too slow. */
  readonly cause: string | undefined;
}

/**
 * Writes lines to a file descriptor in the background. Nobody waits for a reader that is slow or stuck, or for a disk
 * that is full: what waits is bounded, later lines are dropped and counted, and a write that failed is tried again for as
 * long as the process lives. No line is written in part unless the process ends.
 */
export class LogOutput {
  readonly #fd: number;
  readonly #maxWaitingBytes: number;
  #lines: string[] = [];
  /** What is being written, from its offset on. */
  #chunk = Buffer.alloc(0);
  #offset = 0;
  /** Of the lines and of the rest of the chunk. */
  #waitingBytes = 0;
  #isWriting = false;
  #isFailing = false;
  #timer: NodeJS.Timeout | undefined;
  /** Of the last failure since a loss was reported. */
  #cause: string | undefined;
  #droppedLines = 0;
  #reportedLines = 0;
  #onCaughtUp: ((loss: Loss) => void) | undefined;
  readonly #flushes = new Set<() => void>();

  constructor(fd: number, maxWaitingBytes = MAX_WAITING_BYTES) {
    this.#fd = fd;
    this.#maxWaitingBytes = maxWaitingBytes;
  }

  /** How many lines were dropped since the start. */
  get droppedLines(): number {
    return this.#droppedLines;
  }

  /** Sets who is told of lines that were dropped, once those that waited are written. */
  onCaughtUp(listener: (loss: Loss) => void): void {
    this.#onCaughtUp = listener;
  }

  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#waitingBytes + bytes > this.#maxWaitingBytes) {
      this.#droppedLines += 1;
      return;
    }
    this.#lines.push(line);
    this.#waitingBytes += bytes;
    if (this.#isWriting || this.#isFailing) return;
    if (this.#waitingBytes >= BATCH_BYTES) this.#writeOn();
    else this.#timer ??= this.#writeAfter(BATCH_MS);
  }

  /**
   * Writes what waits, the write in flight included. Gives up when the descriptor fails.
   *
   * @param ms milliseconds that it takes at most
   */
  async flush(ms: number): Promise<void> {
    if (this.#waitingBytes === 0) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const settle = (): void => {
      resolve(undefined);
    };
    const timer = setTimeout(settle, ms);
    this.#flushes.add(settle);
    if (!this.#isWriting) this.#writeOn();
    await promise;
    this.#flushes.delete(settle);
    clearTimeout(timer);
  }

  #writeAfter(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#writeOn();
    }, ms).unref();
  }

  #writeOn(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#offset === this.#chunk.length) {
      this.#chunk = Buffer.from(this.#lines.join(''));
      this.#offset = 0;
      this.#lines = [];
    }
    const length = Math.min(this.#chunk.length - this.#offset, MAX_WRITE_BYTES);
    this.#isWriting = true;
    write(this.#fd, this.#chunk, this.#offset, length, null, (error, written) => {
      if (error === null) this.#advance(written);
      else this.#retryAfter(error);
    });
  }

  #advance(written: number): void {
    this.#isFailing = false;
    this.#offset += written;
    this.#waitingBytes -= written;
    // Before the next step, which then takes the line of the report along.
    if (this.#waitingBytes <= MAX_WRITE_BYTES) this.#reportLoss();
    this.#isWriting = false;
    if (this.#waitingBytes === 0) this.#endFlushes();
    else if (this.#isUrgent) this.#writeOn();
    else this.#timer = this.#writeAfter(BATCH_MS);
  }

  get #isUrgent(): boolean {
    const isInsideChunk = this.#offset < this.#chunk.length;
    return isInsideChunk || this.#waitingBytes >= BATCH_BYTES || this.#flushes.size > 0;
  }

  #retryAfter({ code = 'unknown' }: NodeJS.ErrnoException): void {
    this.#isWriting = false;
    this.#isFailing = true;
    const isBusy = BUSY.has(code);
    if (!isBusy) {
      this.#cause = code;
      this.#endFlushes();
    }
    this.#timer = this.#writeAfter(isBusy ? BUSY_RETRY_MS : FAILURE_RETRY_MS);
  }

  #reportLoss(): void {
    const lines = this.#droppedLines - this.#reportedLines;
    if (lines === 0) return;
    const cause = this.#cause;
    this.#reportedLines = this.#droppedLines;
    this.#cause = undefined;
    this.#onCaughtUp?.({ lines, cause });
  }

  #endFlushes(): void {
    for (const end of this.#flushes) end();
  }
}

/** Where the log of the process goes. */
export const standardOutput = new LogOutput(1);
