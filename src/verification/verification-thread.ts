import { Worker } from 'node:worker_threads';
import type { VerifyOptions } from '../formats/format.ts';
import type { Verification } from './verification.ts';

// The old generation has more than twice the need of the largest index; a document that needs more ends its worker.
// More for the young generation would only occupy memory: nearly all that it holds is garbage.
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 4 };

export interface VerificationTask {
  /** Must fill its ArrayBuffer, which is transferred to the worker. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly options: VerifyOptions;
}

interface Job extends PromiseWithResolvers<Verification> {
  readonly task: VerificationTask;
  readonly signal: AbortSignal;
}

export interface VerificationThreadOptions {
  readonly entry: URL;
  /** The idle time after which the worker ends, in milliseconds. */
  readonly idleMs: number;
  /** The number of verdicts that the worker remembers. */
  readonly remembered: number;
  /** Called when a verification starts. Its result is called when the verification has ended and its memory is free. */
  readonly onStart: () => () => void;
}

/** Verifies documents one at a time on a worker, those with fewer units first. Replaces a worker that has ended. */
export class VerificationThread {
  readonly #waiting: Job[] = [];
  #running: Job | undefined;
  #onEnd: (() => void) | undefined;
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(private readonly options: VerificationThreadOptions) {}

  get queued(): number {
    return this.#waiting.length;
  }

  /**
   * @throws the signal's reason; for a running document, after the worker and its memory are gone
   * @throws the error that ended the worker or kept it from starting, such as ERR_WORKER_OUT_OF_MEMORY
   */
  async run(task: VerificationTask, signal: AbortSignal): Promise<Verification> {
    signal.throwIfAborted();
    if (this.#isClosed) throw new Error('the verification has been stopped');
    const job: Job = { task, signal, ...Promise.withResolvers<Verification>() };
    const onAbort = (): void => this.#abort(job);
    signal.addEventListener('abort', onAbort, { once: true });
    const isBefore = ({ task: { options } }: Job): boolean => options.units <= task.options.units;
    this.#waiting.splice(this.#waiting.findLastIndex(isBefore) + 1, 0, job);
    this.#next();
    try {
      return await job.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Ends the worker. Queued and running verifications fail. */
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
        void this.#worker?.terminate();
        // It may already ignore messages, although it has not ended yet.
        this.#worker = undefined;
      }, this.options.idleMs).unref();
      return;
    }
    this.#running = job;
    this.#onEnd = this.options.onStart();
    try {
      this.#worker ??= this.#startWorker();
      this.#worker.postMessage(job.task, [job.task.bytes.buffer]);
    } catch (error) {
      job.reject(error);
      this.#end();
    }
  }

  #startWorker(): Worker {
    const worker = new Worker(this.options.entry, {
      workerData: this.options.remembered,
      // Verification needs no options of the process, such as tracing.
      execArgv: [],
      resourceLimits: RESOURCE_LIMITS,
    });
    let failure: unknown = new Error('the worker of the verification ended');
    worker.on('message', ({ bytes, ...verification }: Verification) => {
      const job = this.#running;
      // An aborted verification ends its worker, which must then get no other document.
      if (job === undefined || job.signal.aborted) return;
      const { buffer, byteOffset, byteLength } = bytes;
      this.#end();
      job.resolve({ ...verification, bytes: Buffer.from(buffer, byteOffset, byteLength) });
    });
    worker.on('error', (error) => (failure = error));
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
}
