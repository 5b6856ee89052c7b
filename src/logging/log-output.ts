import { setTimeout as sleep } from 'node:timers/promises';
import sonic from 'sonic-boom';

/** Lines are written in batches, by size in bytes or time in milliseconds: a write costs more than a line. */
const BATCH_BYTES = 16 * 1024;
const BATCH_MS = 100;
/** The maximum size of one write in bytes: the capacity of a pipe. */
const MAX_WRITE_BYTES = 64 * 1024;
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** Lines that were dropped because the buffer was full. */
export interface Loss {
  readonly lines: number;
  /** The code of the last error; undefined when the reader was only too slow. */
  readonly cause: string | undefined;
}

/**
 * Writes lines to a file descriptor in the background. A slow or stuck reader or a full disk blocks nothing: the
 * buffer is bounded, later lines are dropped and counted, and a failed write is repeated until the process ends.
 */
export class LogOutput {
  readonly #stream: sonic.SonicBoom;
  #isUsed = false;
  #droppedLines = 0;
  #reportedLines = 0;
  /** The last error since the last reported loss. */
  #cause: string | undefined;

  constructor(fd: number, maxWaitingBytes = MAX_WAITING_BYTES) {
    this.#stream = new sonic.SonicBoom({
      fd,
      minLength: BATCH_BYTES,
      maxLength: maxWaitingBytes,
      maxWrite: MAX_WRITE_BYTES,
      periodicFlush: BATCH_MS,
      // Text would be copied and measured again with each line that joins it.
      contentMode: 'buffer',
    });
    this.#stream.on('drop', () => (this.#droppedLines += 1));
    this.#stream.on('error', ({ code }: NodeJS.ErrnoException) => (this.#cause = code));
  }

  /** Lines dropped since the start. */
  get droppedLines(): number {
    return this.#droppedLines;
  }

  /** Sets the listener for dropped lines. It is called once the buffer is almost empty. */
  onCaughtUp(listener: (loss: Loss) => void): void {
    this.#stream.on('drain', () => {
      const lines = this.#droppedLines - this.#reportedLines;
      if (lines === 0) return;
      const cause = this.#cause;
      this.#reportedLines = this.#droppedLines;
      this.#cause = undefined;
      listener({ lines, cause });
    });
  }

  write(line: string): void {
    this.#isUsed = true;
    // The types know only text.
    this.#stream.write(Buffer.from(line) as unknown as string);
  }

  /** Writes the buffer, and waits for the write in flight, for at most `ms`, or until the descriptor fails. */
  async flush(ms: number): Promise<void> {
    // Before the first line, a signal ends the process at once.
    if (!this.#isUsed) return;
    // A flush beside a write ends with it, and leaves the last batch to a second one.
    const flushed = this.#flushOnce().then(() => this.#flushOnce());
    await Promise.race([flushed, sleep(ms, undefined, { ref: false })]);
  }

  #flushOnce(): Promise<void> {
    return new Promise((resolve) => {
      this.#stream.flush(() => resolve());
    });
  }
}

/** The log of the process. */
export const standardOutput = new LogOutput(1);
