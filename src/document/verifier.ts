import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Piscina } from 'piscina';
import { pdf } from '../formats/pdf.ts';
import { SETTINGS } from '../settings/settings.module.ts';
import type { Settings } from '../settings/settings.ts';
import { digestOf } from './entity-tag.ts';
import { RecentDocuments } from './recent-documents.ts';
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
/** Units of work on the event loop, a few milliseconds; what wants more goes to a worker. */
const INLINE_UNITS = 2_000_000;
/** Units of work on one document at all, about a second; what lies past them is delivered unchecked, and says so. */
const WORKER_UNITS = 250_000_000;
const WORKER_IDLE_MS = 30_000;
/** A worker that needs more ends the whole process, so it is more than twice what the largest index takes. */
const WORKER_HEAP_MIB = 192;
/** Each may hold a large stream in memory, however many processors there are. */
const MAX_WORKERS = 2;

export interface Verification extends Examination {
  /** The document: use these bytes from now on, those given may have moved to another thread. */
  readonly bytes: Buffer;
  /** Set when the very same bytes were found whole before, and were not looked at again. */
  readonly remembered?: boolean;
}

/** Tells what a document is and whether it is whole, without holding up the event loop. */
@Injectable()
export class Verifier implements OnApplicationShutdown {
  readonly level: Settings['VERIFY_LEVEL'];
  /** What was found whole, by the digest of its bytes: whoever wants to pass others off has to break SHA-256. */
  readonly #whole: LRUCache<string, Examination> | undefined;
  readonly #recent: RecentDocuments | undefined;
  readonly #workers: Piscina<VerificationTask, VerificationResult>;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.level = settings.VERIFY_LEVEL;
    const max = settings.REMEMBERED_DOCUMENTS;
    if (max > 0) {
      this.#whole = new LRUCache({ max });
      this.#recent = new RecentDocuments();
    }
    this.#workers = new Piscina({
      filename: new URL(`./verifier.worker${extname(import.meta.filename)}`, import.meta.url).href,
      minThreads: 0,
      maxThreads: Math.min(MAX_WORKERS, Math.max(1, availableParallelism() - 1)),
      idleTimeout: WORKER_IDLE_MS,
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MIB },
    });
  }

  /**
   * @param bytes the document, alone in its ArrayBuffer: that may be handed to a worker, whatever its size
   * @throws the signal's reason, when it aborts while a worker has the document
   */
  verify(bytes: Buffer, signal: AbortSignal): Verification | Promise<Verification> {
    if (bytes.length > MAX_INLINE_BYTES) return this.#verifyOnWorker(bytes, signal);
    const recent = this.#recent?.find(bytes);
    if (recent !== undefined) return again(recent, bytes);
    const digest = this.#whole && isWorthRemembering(bytes) ? digestOf(bytes) : undefined;
    const known = digest === undefined ? undefined : this.#whole?.get(digest);
    if (known !== undefined) {
      this.#recent?.note(bytes, known);
      return again(known, bytes);
    }
    const examination = examine(bytes, { level: this.level, units: INLINE_UNITS }, digest);
    const { format, verdict, entityTag } = examination;
    if (verdict.intact) {
      if (!verdict.complete) return this.#verifyOnWorker(bytes, signal);
      if (digest !== undefined) this.#whole?.set(digest, examination);
      this.#recent?.note(bytes, examination);
    }
    return { format, verdict, entityTag, bytes };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#workers.destroy();
  }

  async #verifyOnWorker(bytes: Buffer, signal: AbortSignal): Promise<Verification> {
    const task = {
      bytes: bytes as Uint8Array<ArrayBuffer>,
      options: { level: this.level, units: WORKER_UNITS },
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

function again({ format, verdict, entityTag }: Examination, bytes: Buffer): Verification {
  return { format, verdict, entityTag, bytes, remembered: true };
}

/** Verifying a PDF takes ten times as long as digesting it; of a PNG, a third. */
function isWorthRemembering(bytes: Uint8Array): boolean {
  return pdf.recognises(bytes);
}
