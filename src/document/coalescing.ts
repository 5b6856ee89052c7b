import { Deadline, DeadlineExceeded, unlessAborted } from '../resilience/deadline.ts';
import type { DocumentRequest, DocumentSource, VerifiedDocument } from './document-source.ts';

interface Flight {
  readonly document: Promise<VerifiedDocument>;
  readonly deadline: Deadline;
  waiting: number;
}

/**
 * Lets concurrent requests for one id share one fetch, with its own deadline. In the chain with `COALESCE=true`,
 * which requires that an id always means the same document. The fetch is cancelled when no request waits for it. The
 * last request that releases the document releases its memory.
 */
export class Coalescing implements DocumentSource {
  readonly #flights = new Map<string, Flight>();

  constructor(
    private readonly next: DocumentSource,
    private readonly deadlineMs: number,
  ) {}

  /** @throws the error of the shared fetch, or the reason of the request's signal */
  async fetch(request: DocumentRequest): Promise<VerifiedDocument> {
    const { signal } = request;
    signal.throwIfAborted();
    const flight = this.#flights.get(request.id) ?? this.#start(request);
    flight.waiting += 1;
    try {
      return await unlessAborted(signal, (resolve, reject) => {
        flight.document.then(resolve, reject);
        return () => {
          if (signal.aborted) this.#leave(request.id, flight);
        };
      });
    } catch (error) {
      // The deadline of the fetch passed, not that of this request, which joined later. It starts another fetch.
      if (error instanceof DeadlineExceeded) return this.fetch(request);
      throw error;
    }
  }

  #leave(id: string, flight: Flight): void {
    flight.waiting -= 1;
    if (flight.waiting > 0) return;
    this.#end(id, flight);
    flight.deadline.cancel();
  }

  #start(request: DocumentRequest): Flight {
    const deadline = new Deadline(this.deadlineMs);
    const document = this.next
      .fetch({ ...request, deadline, signal: deadline.signal })
      // Ends the flight before the holders are counted: a request that joined later would not be among them.
      .finally(() => {
        deadline.clear();
        this.#end(request.id, flight);
      })
      .then((fetched) => releasedByLast(fetched, flight.waiting));
    const flight: Flight = { deadline, waiting: 0, document };
    this.#flights.set(request.id, flight);
    return flight;
  }

  #end(id: string, flight: Flight): void {
    if (this.#flights.get(id) === flight) this.#flights.delete(id);
  }
}

function releasedByLast(document: VerifiedDocument, holders: number): VerifiedDocument {
  let left = holders;
  // All requests may have left just before the document arrived. Then none of them releases it.
  if (left === 0) document.release();
  return {
    ...document,
    release: () => {
      left -= 1;
      if (left === 0) document.release();
    },
  };
}
