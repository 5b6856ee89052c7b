import { Worker } from 'node:worker_threads';
import type { VerifyOptions } from '../formats/format.ts';
import type { Verification } from './verification.ts';

/** More than twice what the largest index takes; a document that needs more ends its worker. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 16 };

export interface VerificationTask {
  /** Alone in their ArrayBuffer, which moves to the worker. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly options: VerifyOptions;
}

interface Job {
  readonly task: VerificationTask;
  readonly signal: AbortSignal;
  readonly onAbort: () => void;
  readonly resolve: (verification: Verification) => void;
  readonly reject: (error: unknown) => void;
}

export interface VerificationThreadOptions {
  /** What the worker runs. */
  readonly entry: URL;
  /** Milliseconds without a document after which the worker ends. */
  readonly idleMs: number;
  /** Documents whose verdicts the worker remembers. */
  readonly remembered: number;
  /** Called when a verification starts; what it returns is called when it has ended, and its memory is free. */
  readonly onStart: () => () => void;
}

/**
 * Verifies documents one after the other on a worker thread: those with fewer units of work first. However the worker
 * ends, the next document gets another one.
 */
export class VerificationThread {
  readonly #options: VerificationThreadOptions;
  readonly #waiting: Job[] = [];
  #running: Job | undefined;
  #onEnd: (() => void) | undefined;
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: VerificationThreadOptions) {
    this.#options = options;
  }

  /** Documents that wait for their turn. */
  get queued(): number {
    return this.#waiting.length;
  }

  /**
   * @throws the signal's reason when it aborts: at once while the document waits, and when the worker has ended while it
   *   is being verified, so that its memory is free by then
   * @throws whatever ends the worker: ERR_WORKER_OUT_OF_MEMORY above all
   */
  async run(task: VerificationTask, signal: AbortSignal): Promise<Verification> {
    signal.throwIfAborted();
    if (this.#isClosed) throw new Error('the verification has been stopped');
    const { promise, resolve, reject } = Promise.withResolvers<Verification>();
    const job: Job = {
      task,
      signal,
      resolve,
      reject,
      onAbort: () => {
        this.#abort(job);
      },
    };
    signal.addEventListener('abort', job.onAbort, { once: true });
    const isBefore = ({ task: { options } }: Job): boolean => options.units <= task.options.units;
    this.#waiting.splice(this.#waiting.findLastIndex(isBefore) + 1, 0, job);
    this.#next();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', job.onAbort);
    }
  }

  /** Ends the worker; what waits or is being verified fails. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    for (const job of this.#waiting.splice(0)) job.reject(new Error('the verification has been stopped'));
    await this.#worker?.terminate();
  }

  #abort(job: Job): void {
    if (job === this.#running) {
      void this.#worker?.terminate();
      return;
    }
    const at = this.#waiting.indexOf(job);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    job.reject(job.signal.reason);
  }

  #next(): void {
    if (this.#running !== undefined || this.#isClosed) return;
    clearTimeout(this.#idle);
    const job = this.#waiting.shift();
    if (job === undefined) {
      this.#idle = setTimeout(() => {
        this.#retire();
      }, this.#options.idleMs).unref();
      return;
    }
    this.#running = job;
    this.#onEnd = this.#options.onStart();
    this.#worker ??= this.#startWorker();
    this.#worker.postMessage(job.task, [job.task.bytes.buffer]);
  }

  #startWorker(): Worker {
    const worker = new Worker(this.#options.entry, {
      workerData: this.#options.remembered,
      // Verification needs nothing of what the process was started with, tracing above all.
      execArgv: [],
      resourceLimits: RESOURCE_LIMITS,
    });
    let failure: unknown = new Error('the worker of the verification ended');
    worker.on('message', ({ bytes, ...verification }: Verification) => {
      const job = this.#running;
      // What was aborted has its worker ended, so that nothing else may be sent there.
      if (job === undefined || job.signal.aborted) return;
      const { buffer, byteOffset, byteLength } = bytes;
      this.#end();
      job.resolve({ ...verification, bytes: Buffer.from(buffer, byteOffset, byteLength) });
    });
    worker.on('error', (error) => {
      failure = error;
    });
    worker.on('exit', () => {
      if (worker !== this.#worker) return;
      this.#worker = undefined;
      const job = this.#running;
      this.#end();
      job?.reject(job.signal.aborted ? job.signal.reason : failure);
    });
    return worker;
  }

  #end(): void {
    this.#running = undefined;
    this.#onEnd?.();
    this.#onEnd = undefined;
    this.#next();
  }

  #retire(): void {
    void this.#worker?.terminate();
    // It may take no more messages, though it has not ended yet.
    this.#worker = undefined;
  }
}
