import type { Format } from '../formats/format.ts';
import type { RequestRecord } from '../http/exchange.ts';
import type { Deadline } from '../resilience/deadline.ts';
import type { AttemptSpan, RequestSpan } from '../tracing/spans.ts';

/** All that the links know of a request for a document. */
export interface DocumentRequest {
  readonly id: string;
  readonly deadline: Deadline;
  /** Ends the work: that of the deadline, or a narrower one. */
  readonly signal: AbortSignal;
  /** Headers that go to the upstream. */
  readonly headers: Readonly<Record<string, string>>;
  /** Collects what happened, for the log line and the metrics. */
  readonly record: RequestRecord;
  /** Undefined when tracing is off. */
  readonly span: RequestSpan | undefined;
  /** Of the attempt that this request is part of, when it is traced. */
  readonly attempt?: AttemptSpan;
}

/** A document that was verified whole. */
export interface VerifiedDocument {
  readonly bytes: Buffer;
  readonly format: Pick<Format, 'mediaType' | 'extension'>;
  /** A strong one, quotes included. */
  readonly entityTag: string;
  /** Set on a last good copy: whole seconds since it was fetched. */
  readonly ageSeconds?: number;
  /** Gives its memory back to the budget: the holder of a document calls it once, when the bytes are not needed any more. */
  readonly release: () => void;
}

/** One link of the delivery: it brings the document itself, or asks the next link for it. */
export interface DocumentSource {
  /**
   * @throws DocumentDamaged, UpstreamFailure, Overloaded: why there is no document
   * @throws DeadlineExceeded, Cancelled: the reason of the request's signal
   */
  fetch(request: DocumentRequest): Promise<VerifiedDocument>;
}
