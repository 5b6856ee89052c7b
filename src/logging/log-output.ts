import { write } from 'node:fs';

/** Lines are written in batches, by size in bytes or time in milliseconds: a write costs more than a line. */
const BATCH_BYTES = 8 * 1024;
const BATCH_MS = 100;
/** The maximum size of one write in bytes: the capacity of a pipe. */
const MAX_WRITE_BYTES = 64 * 1024;
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** The retry interval in milliseconds when another process made the descriptor non-blocking. */
const BUSY_RETRY_MS = 10;
const BUSY = new Set(['EAGAIN', 'EBUSY', 'EINTR']);
/** The retry interval in milliseconds after another failure, such as a full disk. */
const FAILURE_RETRY_MS = 1_000;

/** Lines that were dropped because the buffer was full. */
export interface Loss {
  readonly lines: number;
  /** The code of the last error; undefined when the reader was only too slow. */
  readonly cause: string | undefined;
}

/**
 * Writes lines to a file descriptor in the background. A slow or stuck reader or a full disk blocks nothing: the
 * buffer is bounded, later lines are dropped and counted, and a failed write is repeated until the process ends.
 * Lines are written in part only when the process ends.
 */
export class LogOutput {
  readonly #fd: number;
  readonly #maxWaitingBytes: number;
  #lines: string[] = [];
  /** The bytes being written, from `#offset` on. */
  #chunk = Buffer.alloc(0);
  #offset = 0;
  /** Bytes of the lines and of the rest of the chunk. */
  #waitingBytes = 0;
  #isWriting = false;
  #isFailing = false;
  #timer: NodeJS.Timeout | undefined;
  /** The last error since the last reported loss. */
  #cause: string | undefined;
  #droppedLines = 0;
  #reportedLines = 0;
  #onCaughtUp: ((loss: Loss) => void) | undefined;
  readonly #flushes = new Set<() => void>();

  constructor(fd: number, maxWaitingBytes = MAX_WAITING_BYTES) {
    this.#fd = fd;
    this.#maxWaitingBytes = maxWaitingBytes;
  }

  /** Lines dropped since the start. */
  get droppedLines(): number {
    return this.#droppedLines;
  }

  /** Sets the listener for dropped lines. It is called once the buffer is almost empty. */
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
   * Writes the buffer, and waits for the write in flight. Returns early when the descriptor fails.
   *
   * @param ms the time limit in milliseconds
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
    // Before the next write, which then includes the line about the loss.
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

/** The log of the process. */
export const standardOutput = new LogOutput(1);
