import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Piscina } from 'piscina';
import { SETTINGS } from '../settings/settings.module.ts';
import type { Settings } from '../settings/settings.ts';
import {
  type Examination,
  examine,
  handOver,
  type VerificationResult,
  type VerificationTask,
} from './verifier.worker.ts';

const KIB = 1024;
/** A larger document is verified on a worker thread, where it holds up nobody. */
const MAX_INLINE_BYTES = 256 * KIB;
/** What may be inflated on the event loop, a few milliseconds of work; what wants more goes to a worker. */
const MAX_INLINE_INFLATED = 2 * KIB * KIB;
/** What may be inflated for one document at all; what lies past it is delivered unchecked, and says so. */
const MAX_INFLATED = 256 * KIB * KIB;
/** What the index of a document may name on the event loop, a few milliseconds of work as well. */
const MAX_INLINE_OBJECTS = 20_000;
const WORKER_IDLE_MS = 30_000;
/** A worker that needs more ends the whole process, so it is more than twice what the largest index takes. */
const WORKER_HEAP_MIB = 192;
/** Each may hold a large stream in memory, however many processors there are. */
const MAX_WORKERS = 2;

export interface Verification extends Examination {
  /** The document: use these bytes from now on, those given may have moved to another thread. */
  readonly bytes: Buffer;
}

/** Tells what a document is and whether it is whole, without holding up the event loop. */
@Injectable()
export class Verifier implements OnApplicationShutdown {
  readonly level: Settings['VERIFY_LEVEL'];
  readonly #workers: Piscina<VerificationTask, VerificationResult>;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.level = settings.VERIFY_LEVEL;
    this.#workers = new Piscina({
      filename: new URL(`./verifier.worker${extname(import.meta.filename)}`, import.meta.url).href,
      minThreads: 0,
      maxThreads: Math.min(MAX_WORKERS, Math.max(1, availableParallelism() - 1)),
      idleTimeout: WORKER_IDLE_MS,
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MIB },
    });
  }

  /**
   * @param bytes the document; a large one must own its whole ArrayBuffer, which is handed over
   * @throws the signal's reason, when it aborts while a worker has the document
   */
  async verify(bytes: Buffer, signal: AbortSignal): Promise<Verification> {
    if (bytes.length <= MAX_INLINE_BYTES) {
      const examination = examine(bytes, {
        level: this.level,
        maxInflatedBytes: MAX_INLINE_INFLATED,
        maxObjects: MAX_INLINE_OBJECTS,
      });
      const { verdict } = examination;
      if (!verdict.intact || verdict.complete) return { ...examination, bytes };
    }
    return this.#verifyOnWorker(bytes, signal);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#workers.destroy();
  }

  async #verifyOnWorker(bytes: Buffer, signal: AbortSignal): Promise<Verification> {
    const task = {
      bytes: bytes as Uint8Array<ArrayBuffer>,
      options: { level: this.level, maxInflatedBytes: MAX_INFLATED },
    };
    try {
      const result = await this.#workers.run(handOver(task), { signal });
      const { buffer, byteOffset, byteLength } = result.bytes;
      return { ...result.examination, bytes: Buffer.from(buffer, byteOffset, byteLength) };
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }
}
