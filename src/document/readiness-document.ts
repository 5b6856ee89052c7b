import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { InjectPinoLogger, type PinoLogger } from 'nestjs-pino';
import { Readiness } from '../health/readiness.ts';
import type { RequestRecord } from '../http/exchange.ts';
import { Problem } from '../problem/problem.ts';
import { Cancelled, Deadline, sleep } from '../resilience/deadline.ts';
import { DeliveryPolicy } from './delivery-policy.ts';
import { documentConfig } from './document.config.ts';

/** The pause between two requests for the document, in milliseconds. */
const PAUSE_MS = 2_000;

/** Unready until `READINESS_DOCUMENT` was delivered once: a build that cannot deliver must never serve. */
@Injectable()
export class ReadinessDocument implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #stopped = new AbortController();

  constructor(
    @Inject(documentConfig.KEY) private readonly config: ConfigType<typeof documentConfig>,
    private readonly documents: DeliveryPolicy,
    private readonly readiness: Readiness,
    @InjectPinoLogger(ReadinessDocument.name) private readonly logger: PinoLogger,
  ) {
    if (config.readinessDocument !== undefined)
      readiness.heldBackBy = 'the readiness document was not fetched yet';
  }

  onApplicationBootstrap(): void {
    const id = this.config.readinessDocument;
    if (id === undefined) return;
    // Only the stop of the service rejects this promise.
    this.#askUntilDelivered(id, this.#stopped.signal).catch(() => undefined);
  }

  onModuleDestroy(): void {
    this.#stopped.abort(new Cancelled('the service stops'));
  }

  async #askUntilDelivered(id: string, stopped: AbortSignal): Promise<void> {
    while (!(await this.#ask(id, stopped))) await sleep(PAUSE_MS, stopped);
    this.readiness.heldBackBy = undefined;
    this.logger.info({ documentId: id }, 'the readiness document was delivered: ready');
  }

  /** Whether the document was delivered. @throws the signal's reason */
  async #ask(id: string, stopped: AbortSignal): Promise<boolean> {
    const record: RequestRecord = {};
    try {
      await this.#deliver(id, record, stopped);
      return true;
    } catch (error) {
      stopped.throwIfAborted();
      const reason = reasonOf(error);
      // An outage spans many requests. Only a new reason is logged.
      if (reason !== this.readiness.heldBackBy) {
        const why = error instanceof Problem ? { cause: record.cause } : { err: error };
        this.logger.warn({ documentId: id, ...why }, 'not ready: the readiness document was not delivered');
      }
      this.readiness.heldBackBy = reason;
      return false;
    }
  }

  /** @throws Problem when it was not delivered, or only as a last good copy, which proves nothing */
  async #deliver(id: string, record: RequestRecord, stopped: AbortSignal): Promise<void> {
    const deadline = new Deadline(this.config.deadlineMs);
    try {
      const signal = AbortSignal.any([deadline.signal, stopped]);
      const headers = { 'x-request-id': randomUUID() };
      const document = await this.documents.fetch({ id, deadline, signal, headers, record, span: undefined });
      document.release();
      if (document.ageSeconds !== undefined)
        throw new Problem('upstream-failed', 'Only a last good copy was delivered.');
    } finally {
      deadline.clear();
    }
  }
}

/** Public text: the cause of a problem may contain an address, the problem itself does not. */
function reasonOf(error: unknown): string {
  return error instanceof Problem ? `${error.type}: ${error.message}` : 'internal-error: see the log';
}
