import type { EventLoopWatch } from '../resilience/event-loop.ts';
import { Overloaded } from '../resilience/overloaded.ts';
import type { DocumentRequest, DocumentSource, VerifiedDocument } from './document-source.ts';
import type { DocumentMetrics } from './document.metrics.ts';

/** Rejects requests while the event loop is overloaded, and counts those that any protection rejects. */
export class Admitting implements DocumentSource {
  constructor(
    private readonly next: DocumentSource,
    private readonly eventLoop: EventLoopWatch,
    private readonly metrics: DocumentMetrics,
  ) {}

  async fetch(request: DocumentRequest): Promise<VerifiedDocument> {
    try {
      this.eventLoop.admit();
      return await this.next.fetch(request);
    } catch (error) {
      if (error instanceof Overloaded) this.metrics.shed.labels(error.reason).inc();
      throw error;
    }
  }
}
