import type { Logger } from 'pino';
import { POLLED } from '../http/connection-limit.ts';
import type { Exchange, Exchanges, RequestRecord } from '../http/exchange.ts';
import { requestIds } from './logger.ts';

/** What an operator can do, for each failure of the service. */
const HINTS: Partial<Record<NonNullable<RequestRecord['outcome']>, string>> = {
  'internal-error': 'a defect of this service: report it with the log line that has the stack',
  'document-damaged': 'the upstream sends damaged documents: fetch this id from it directly and compare',
  'upstream-failed': 'check the health and the log of the upstream, and the network',
  'upstream-unavailable':
    'the breaker is open until the upstream answers again: check the health of the upstream',
  overloaded: 'the cause names the exhausted resource: add replicas, or raise its limit',
  'deadline-exceeded': 'the upstream is too slow for DEADLINE_MS: check upstream_attempt_duration_seconds',
};

/**
 * Logs one line per request when its answer was sent or its client disconnected. Adds the ids of the request to other
 * lines that are logged meanwhile, except for routes that are polled: their lines are about the replica.
 */
export class RequestLog {
  constructor(
    exchanges: Exchanges,
    private readonly logger: Logger,
  ) {
    exchanges.around = ({ id, span, routeOptions }, run) => {
      if (POLLED.has(routeOptions.url)) run();
      else requestIds.run({ requestId: id, ...span?.ids }, run);
    };
    exchanges.observe({ end: (exchange) => this.#write(exchange) });
  }

  #write({ request, requestId, method, route, status, seconds, record }: Exchange): void {
    const line = {
      requestId,
      method,
      route,
      status,
      ms: tenths(seconds * 1000),
      ...record,
      upstreamMs: tenths(record.upstreamMs),
      verifyMs: tenths(record.verifyMs),
      ...request?.span?.ids,
    };
    const { outcome } = record;
    if (status === 499) this.logger.info(line, 'client left');
    // The lines of what is polled would hide others.
    else if (outcome === undefined && POLLED.has(route)) this.logger.debug(line, 'request served');
    else if (status >= 500 && outcome !== 'not-implemented')
      this.logger.warn({ ...line, hint: outcome && HINTS[outcome] }, 'request failed');
    else if (outcome === 'stale') this.logger.warn(line, 'request served with the last good copy');
    else this.logger.info(line, status >= 400 ? 'request refused' : 'request served');
  }
}

function tenths(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 10) / 10;
}
