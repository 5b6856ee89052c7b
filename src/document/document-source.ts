import type { Format } from '../formats/format.ts';
import type { RequestRecord } from '../http/exchange.ts';
import type { Deadline } from '../resilience/deadline.ts';
import type { AttemptSpan, RequestSpan } from '../tracing/spans.ts';

/** A request for a document, as every link sees it. */
export interface DocumentRequest {
  readonly id: string;
  readonly deadline: Deadline;
  /** Aborts the work: the signal of the deadline, or one that also aborts for other reasons. */
  readonly signal: AbortSignal;
  readonly headers: Readonly<Record<string, string>>;
  /** Collects facts for the log line and the metrics. */
  readonly record: RequestRecord;
  readonly span: RequestSpan | undefined;
  /** The span of the current attempt. Both spans are undefined when tracing is off. */
  readonly attempt?: AttemptSpan;
}

export interface VerifiedDocument {
  readonly bytes: Buffer;
  readonly format: Pick<Format, 'mediaType' | 'extension'>;
  /** A strong entity tag, with quotes. */
  readonly entityTag: string;
  /** Whole seconds since the fetch; set only on a last good copy. */
  readonly ageSeconds?: number;
  /** Returns the memory to the budget. The holder calls it once, when it no longer needs the bytes. */
  readonly release: () => void;
}

/** One link of the chain: it provides the document itself or asks the next link. */
export interface DocumentSource {
  /** @throws DocumentDamaged, UpstreamFailure, Overloaded, or the reason of the request's signal */
  fetch(request: DocumentRequest): Promise<VerifiedDocument>;
}
