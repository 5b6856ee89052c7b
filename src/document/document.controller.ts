import type { IncomingHttpHeaders } from 'node:http';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { contentDisposition } from '../http/content-disposition.ts';
import { httpConfig } from '../http/http.config.ts';
import { Problem } from '../problem/problem.ts';
import { afterRunning, Cancelled, Deadline } from '../resilience/deadline.ts';
import { DeliveryPolicy } from './delivery-policy.ts';
import type { VerifiedDocument } from './document-source.ts';
import { documentConfig, isDocumentId } from './document.config.ts';
import { DocumentMetrics } from './document.metrics.ts';
import { assertAcceptable, select } from './selection.ts';

/** The minimum time that a client has to receive any answer, in milliseconds. */
const SEND_GRACE_MS = 10_000;

const CACHE_HEADERS = {
  // `private` is required: X-API-KEY, unlike Authorization, does not stop shared caches (RFC 9111 section 3.5).
  'cache-control': 'private, no-cache',
  // RFC 9110 section 12.5.5: a cache must not give a document to a client without an API key.
  vary: 'Accept, X-API-KEY',
};

/** `GET|HEAD /{id}`: answers with a document, and cancels the fetch when the client disconnects. */
@Controller()
export class DocumentController {
  constructor(
    @Inject(documentConfig.KEY) private readonly config: ConfigType<typeof documentConfig>,
    @Inject(httpConfig.KEY) private readonly http: ConfigType<typeof httpConfig>,
    private readonly documents: DeliveryPolicy,
    private readonly metrics: DocumentMetrics,
  ) {}

  /** @throws Problem when no document can be delivered */
  @Get(':id')
  async document(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!isDocumentId(id, this.config.idPattern)) {
      throw new Problem('malformed-id', 'The document id does not match the pattern of ids.');
    }
    request.record.documentId = id;
    assertAcceptable(request);
    const deadline = new Deadline(this.config.deadlineMs);
    request.onEnd = () => deadline.cancel();
    let document: VerifiedDocument | undefined;
    try {
      document = await this.documents.fetch({
        id,
        deadline,
        signal: deadline.signal,
        headers: {
          'x-request-id': request.id,
          // With tracing on, the span of the attempt is the parent instead.
          ...(request.span === undefined && traceContext(request.headers)),
        },
        record: request.record,
        span: request.span,
      });
      request.onEnd = this.#send(id, document, request, reply);
    } catch (error) {
      document?.release();
      if (!(error instanceof Cancelled)) throw error;
    } finally {
      deadline.clear();
    }
  }

  /** Returns what to do when the answer was sent or the client disconnected. */
  #send(id: string, document: VerifiedDocument, request: FastifyRequest, reply: FastifyReply): () => void {
    const { format, ageSeconds, release } = document;
    // The client may have disconnected just before the document arrived.
    if (reply.raw.closed) {
      release();
      return () => undefined;
    }
    const selection = select(request, document);
    void reply.code(selection.status).headers(CACHE_HEADERS).header('etag', document.entityTag);
    if (ageSeconds !== undefined) {
      // RFC 9211 section 2: the request was forwarded and failed, and the copy replaces the answer.
      reply.headers({
        age: String(ageSeconds),
        'cache-status': 'document-gateway; fwd=stale; detail=stale-if-error',
      });
    }
    request.record.outcome = ageSeconds === undefined ? 'delivered' : 'stale';
    request.record.mediaType = format.mediaType;
    // RFC 9110 section 15.4.5: 304 carries no header that describes the content.
    if (selection.status === 304) {
      release();
      if (ageSeconds === undefined) request.record.outcome = 'not-modified';
      void reply.send();
      return () => undefined;
    }
    const { bytes } = selection;
    // RFC 9110 section 9.3.2: the answer to HEAD has the length of the document, but no content.
    const sent = request.method === 'HEAD' ? 0 : bytes.length;
    request.record.bytes = sent;
    void reply
      .headers({
        'content-type': format.mediaType,
        'content-length': String(bytes.length),
        'content-disposition': contentDisposition(dispositionType(request), id, format.extension),
        ...(selection.status === 206
          ? { 'content-range': selection.contentRange }
          : // Ranges work only with If-Range: see docs/decisions/0008-ranges.md.
            { 'accept-ranges': 'none' }),
      })
      .send(bytes);
    this.#limitSending(bytes.length, reply);
    return () => {
      release();
      if (!reply.raw.writableFinished) return;
      this.metrics.delivered.inc({ media_type: format.mediaType });
      this.metrics.deliveredBytes.inc({ media_type: format.mediaType }, sent);
    };
  }

  /** Disconnects a client that receives too slowly. */
  #limitSending(bytes: number, { raw }: FastifyReply): void {
    // The kernel has the whole answer. The process holds no memory for it.
    if (raw.writableLength === 0) return;
    // A client that reads very slowly would hold the memory for any time.
    const ms = SEND_GRACE_MS + (bytes / this.http.clientMinBytesPerSecond) * 1000;
    const cancel = afterRunning(ms, () => raw.destroy());
    raw.once('close', cancel);
  }
}

/** `?download=1` or `?download=true` asks for an attachment. Other query parameters are ignored. */
function dispositionType({ query }: FastifyRequest): 'inline' | 'attachment' {
  const { download } = query as Readonly<Record<string, unknown>>;
  return download === '1' || download === 'true' ? 'attachment' : 'inline';
}

/** W3C Trace Context section 3.2: version except ff, trace id and parent id except all zeros, flags. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
/** W3C Trace Context section 3.3: printable ASCII. At least 512 characters must be passed on. */
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

/** The trace context of the client if it is well-formed. Tracestate without traceparent is dropped. */
export function traceContext(headers: IncomingHttpHeaders): Record<string, string> {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return {};
  return typeof tracestate === 'string' && TRACESTATE.test(tracestate)
    ? { traceparent, tracestate }
    : { traceparent };
}
