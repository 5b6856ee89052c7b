import { Deadline, DeadlineExceeded, unlessAborted } from '../resilience/deadline.ts';
import type { DocumentRequest, DocumentSource, VerifiedDocument } from './document-source.ts';

interface Flight {
  readonly document: Promise<VerifiedDocument>;
  readonly deadline: Deadline;
  waiting: number;
}

/**
 * Lets concurrent requests for one id share one fetch. In the chain with `COALESCE=true`: then an id must mean one
 * document. A fetch goes on while a request waits for it, and the document's memory is given back when the last request
 * that got it has released it.
 *
 * The shared fetch has a deadline of its own, of as many milliseconds as that of a request.
 */
export class Coalescing implements DocumentSource {
  readonly #flights = new Map<string, Flight>();

  constructor(
    private readonly next: DocumentSource,
    private readonly deadlineMs: number,
  ) {}

  /** @throws what the shared fetch throws, and the reason of the request's own signal */
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
      // The fetch had the time of the first request: a later one has more, and starts another.
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
      // At once, so that no request joins that is not counted among those that release the document.
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
  // All may have left in the moment in which it came, and none of them will release it.
  if (left === 0) document.release();
  return {
    ...document,
    release: () => {
      left -= 1;
      if (left === 0) document.release();
    },
  };
}
