import { Inject, Injectable } from '@nestjs/common';
import { Deadline, DeadlineExceeded } from '../resilience/deadline.ts';
import { SETTINGS } from '../settings/settings.module.ts';
import type { Settings } from '../settings/settings.ts';
import type { DocumentRequest, VerifiedDocument } from './document-fetcher.ts';

type Fetch = (request: DocumentRequest) => Promise<VerifiedDocument>;

interface Flight {
  readonly document: Promise<VerifiedDocument>;
  readonly deadline: Deadline;
  waiting: number;
}

/**
 * Lets concurrent requests for one id share one fetch, with `COALESCE=true`: then an id must mean one
 * document. A fetch goes on while anybody waits for it, and the document's memory is given back when the
 * last one who got it has released it.
 */
@Injectable()
export class Coalescer {
  readonly #flights = new Map<string, Flight>();

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /** @throws what the fetch throws, and the reason of the request's own deadline */
  share(request: DocumentRequest, fetch: Fetch): Promise<VerifiedDocument> {
    return this.settings.COALESCE ? this.#join(request, fetch) : fetch(request);
  }

  async #join(request: DocumentRequest, fetch: Fetch): Promise<VerifiedDocument> {
    request.deadline.signal.throwIfAborted();
    const flight = this.#flights.get(request.id) ?? this.#start(request, fetch);
    flight.waiting += 1;
    return new Promise((resolve, reject) => {
      const { signal } = request.deadline;
      const leave = (): void => {
        flight.waiting -= 1;
        if (flight.waiting === 0) {
          this.#end(request.id, flight);
          flight.deadline.cancel();
        }
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
      const settle = (done: () => void): void => {
        signal.removeEventListener('abort', leave);
        if (!signal.aborted) done();
      };
      flight.document.then(
        (document) => {
          settle(() => {
            resolve(document);
          });
        },
        (error: unknown) => {
          settle(() => {
            // The time of the fetch is that of the one who came first: whoever came later begins anew.
            if (error instanceof DeadlineExceeded) resolve(this.#join(request, fetch));
            else reject(error);
          });
        },
      );
    });
  }

  #start(request: DocumentRequest, fetch: Fetch): Flight {
    const deadline = new Deadline(this.settings.DEADLINE_MS);
    // At once, so that nobody joins who is not counted among those who release the document.
    const end = (): void => {
      deadline.clear();
      this.#end(request.id, flight);
    };
    const document = fetch({ ...request, deadline }).then(
      (fetched) => {
        end();
        return releasedByLast(fetched, flight.waiting);
      },
      (error: unknown) => {
        end();
        throw error;
      },
    );
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
