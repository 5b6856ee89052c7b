import { closedLoop } from '../load.ts';
import type { Scenario } from '../scenario.ts';

const DOCUMENTS = 24;
const MB = 1_000_000;
/** The maximum delay of the event loop, as a share of the time of a verification. Inline verification would reach 1. */
const MAX_DELAY = 0.25;

export const largeDocuments: Scenario = {
  name: 'large-documents',
  about: 'PDFs of 20 MB with thousands of Flate streams leave the event loop to the other requests',
  async run(stage) {
    const upstream = await stage.upstream({
      damaged: 0,
      documents: { pdfBytes: 20 * MB, pngBytes: 20 * MB },
    });
    // The documents are equal, but each must be verified.
    const gateway = await stage.gateway(upstream, { REMEMBERED_DOCUMENTS: '0' });
    const target = stage.target(gateway.origin, upstream);
    // Starts the worker. Each scrape then resets the delay metric.
    await closedLoop(target, { requests: 2, connections: 1 });
    await gateway.metrics();
    const tally = await closedLoop(target, { requests: DOCUMENTS, connections: 2 });
    const metrics = await gateway.metrics();
    const verification = metrics.sum('document_verification_duration_seconds_sum') / (DOCUMENTS + 2);
    const delay = metrics.sum('nodejs_eventloop_lag_p99_seconds');
    const ms = (seconds: number): string => `${(seconds * 1000).toFixed(1)} ms`;

    stage.check('all are delivered whole', tally.count('intact') === DOCUMENTS, tally.toString());
    stage.check(
      'the 99th percentile of the event loop delay is a quarter of a verification at most',
      delay < MAX_DELAY * verification,
      `${ms(delay)}, of which 10 are the resolution; a verification takes ${ms(verification)}`,
    );
  },
};
