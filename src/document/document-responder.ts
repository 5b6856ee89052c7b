import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Metrics } from '../metrics/metrics.ts';
import { Cancelled, Deadline } from '../resilience/deadline.ts';
import { SETTINGS } from '../settings/settings.module.ts';
import type { Settings } from '../settings/settings.ts';
import { tracing } from '../tracing/tracing.ts';
import { type Delivery, DocumentService } from './document.service.ts';
import { traceContext } from './trace-context.ts';

/** How long a client may take for an answer however small it is. */
const SEND_GRACE_MS = 10_000;

/** Turns a delivery into an HTTP answer, and a client that leaves into the end of the work for it. */
@Injectable()
export class DocumentResponder {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly documents: DocumentService,
    private readonly metrics: Metrics,
  ) {}

  /** @throws Problem */
  async respond(id: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    request.record.documentId = id;
    const deadline = new Deadline(this.settings.DEADLINE_MS);
    const onClose = (): void => {
      deadline.cancel();
    };
    reply.raw.once('close', onClose);
    try {
      const delivery = await this.documents.deliver({
        id,
        deadline,
        headers: {
          'x-request-id': request.id,
          // With tracing on, the caller of the upstream is the attempt.
          ...(tracing() === undefined && traceContext(request.headers)),
        },
        record: request.record,
      });
      this.#send(id, delivery, request, reply);
    } catch (error) {
      if (!(error instanceof Cancelled)) throw error;
    } finally {
      reply.raw.off('close', onClose);
      deadline.clear();
    }
  }

  #send(id: string, { document, ageSeconds }: Delivery, request: FastifyRequest, reply: FastifyReply): void {
    const { bytes, format, release } = document;
    // The client may have left in the moment in which its document came.
    if (reply.raw.closed) {
      release();
      return;
    }
    this.#releaseWhenSent(bytes.length, release, reply);
    Object.assign(request.record, {
      outcome: ageSeconds === undefined ? 'delivered' : 'stale',
      mediaType: format.mediaType,
      bytes: bytes.length,
    });
    this.metrics.delivered.labels(format.mediaType).inc();
    this.metrics.deliveredBytes.labels(format.mediaType).inc(bytes.length);
    if (ageSeconds !== undefined) {
      // RFC 9211 section 2: the request went forward, as every one does, and the copy stood in for the answer.
      reply.headers({
        age: String(ageSeconds),
        'cache-status': 'document-gateway; fwd=stale; detail=stale-if-error',
      });
    }
    const name = id.replaceAll(/[^\w.-]/g, '_');
    void reply
      .headers({
        'content-type': format.mediaType,
        'content-length': String(bytes.length),
        'content-disposition': `inline; filename="${name}.${format.extension}"`,
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-cache',
      })
      .send(bytes);
  }

  /** A client that takes the answer a byte at a time would hold its memory for as long as it likes. */
  #releaseWhenSent(bytes: number, release: () => void, reply: FastifyReply): void {
    const ms = SEND_GRACE_MS + (bytes / this.settings.CLIENT_MIN_BYTES_PER_SECOND) * 1000;
    const timer = setTimeout(() => {
      reply.raw.destroy();
    }, ms);
    reply.raw.once('close', () => {
      clearTimeout(timer);
      release();
    });
  }
}
