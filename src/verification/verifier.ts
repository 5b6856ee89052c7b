import { extname } from 'node:path';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { ByteBudget } from '../resilience/byte-budget.ts';
import { Overloaded } from '../resilience/overloaded.ts';
import { RecentDocuments, VerdictMemory } from './verdict-memory.ts';
import { VerificationThread } from './verification-thread.ts';
import { verificationConfig } from './verification.config.ts';
import { isOutOfBudget, type Verification } from './verification.ts';

type Config = ConfigType<typeof verificationConfig>;

const WORKER = new URL(`./verification.worker${extname(import.meta.filename)}`, import.meta.url);
const WORKER_IDLE_MS = 30_000;
/** Codes of a worker that could not be started: the process has no threads or no file descriptors left. */
const CANNOT_START = new Set(['ERR_WORKER_INIT_FAILED', 'EAGAIN', 'EMFILE', 'ENFILE']);

const MIB = 1024 * 1024;
/** The maximum size of a document that is verified on the event loop, in bytes. */
const MAX_INLINE_BYTES = MIB / 4;
/** Units of work on the event loop: a few milliseconds. A document that needs more goes to a worker. */
const INLINE_UNITS = 1_500_000;
/** The memory of the decoders of one verification, in bytes. */
const WORKING_BYTES = 16 * MIB;

// Units of work on a worker: about 60, 250 and 600 ms. An unfinished document is queued again with more units, so
// that short verifications do not wait for long ones.
const SHORT_UNITS = 25_000_000;
const LONG_UNITS = 100_000_000;
/** A document that needs more is delivered partly unchecked, and the verdict says so. */
const MAX_UNITS = 250_000_000;
/** A larger document, in bytes, seldom ends within the first units: only one worker spends time and memory on it. */
const MAX_SHORT_BYTES = 8 * MIB;

/** Determines the format of a document and verifies it, without blocking the event loop. */
@Injectable()
export class Verifier implements OnApplicationShutdown {
  readonly level: Config['level'];
  readonly #memory: VerdictMemory;
  readonly #recent: RecentDocuments | undefined;
  readonly #short: VerificationThread;
  readonly #long: VerificationThread;

  constructor(
    @Inject(verificationConfig.KEY) { level, remembered }: Config,
    private readonly budget: ByteBudget,
  ) {
    this.level = level;
    this.#memory = new VerdictMemory(remembered);
    if (remembered > 0) this.#recent = new RecentDocuments();
    const options = { entry: WORKER, idleMs: WORKER_IDLE_MS, remembered, onStart: () => this.#takeMemory() };
    this.#short = new VerificationThread(options);
    this.#long = new VerificationThread(options);
  }

  get queued(): number {
    return this.#short.queued + this.#long.queued;
  }

  /**
   * @param bytes must fill their ArrayBuffer, which may be transferred to a worker
   * @throws the signal's reason while a worker has the document, or Overloaded when it ran out of memory
   */
  verify(bytes: Buffer, signal: AbortSignal): Verification | Promise<Verification> {
    if (bytes.length > MAX_INLINE_BYTES) return this.#verifyOnWorker(bytes, signal);
    const recent = this.#recent?.find(bytes);
    if (recent !== undefined) return { ...recent, bytes, remembered: true };
    const verification = this.#memory.verify(bytes, { level: this.level, units: INLINE_UNITS });
    if (isOutOfBudget(verification)) return this.#verifyOnWorker(bytes, signal);
    this.#recent?.note(verification);
    return verification;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.#short.close(), this.#long.close()]);
  }

  async #verifyOnWorker(document: Buffer, signal: AbortSignal): Promise<Verification> {
    if (document.length > MAX_SHORT_BYTES) return this.#verifyLong(document, signal);
    const verification = await this.#run(this.#short, document, SHORT_UNITS, signal);
    return isOutOfBudget(verification) ? this.#verifyLong(verification.bytes, signal) : verification;
  }

  async #verifyLong(document: Buffer, signal: AbortSignal): Promise<Verification> {
    const verification = await this.#run(this.#long, document, LONG_UNITS, signal);
    if (!isOutOfBudget(verification)) return verification;
    return this.#run(this.#long, verification.bytes, MAX_UNITS, signal);
  }

  async #run(
    thread: VerificationThread,
    document: Buffer,
    units: number,
    signal: AbortSignal,
  ): Promise<Verification> {
    try {
      const bytes = document as Uint8Array<ArrayBuffer>;
      return await thread.run({ bytes, options: { level: this.level, units } }, signal);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code === 'ERR_WORKER_OUT_OF_MEMORY') throw new Overloaded('memory', undefined, { cause: error });
      if (CANNOT_START.has(code)) throw new Overloaded('worker', undefined, { cause: error });
      throw error;
    }
  }

  /** Reserves memory of the decoders if there is room. A full budget rejects new documents, not this verification. */
  #takeMemory(): () => void {
    const lease = this.budget.lease();
    lease.grow(WORKING_BYTES);
    return lease.release;
  }
}
