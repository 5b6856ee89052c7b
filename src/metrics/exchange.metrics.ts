import { Injectable } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import type { Histogram } from 'prom-client';
import { ConnectionLimit } from '../http/connection-limit.ts';
import { Exchanges } from '../http/exchange.ts';
import { buildInfo } from '../settings/build-info.ts';
import { appMetric } from './app-metric.ts';

/** The statuses of requests for a document: those of the contract, and 499 for a client that disconnected. */
const DOCUMENT_STATUSES = '200 206 304 400 401 404 406 412 414 416 429 499 500 502 503 504'.split(' ');
/** Methods with their own label. Others share one, because a client can invent any number. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const NO_EXEMPLAR = {};

export const exchangeMetrics = [
  appMetric(makeHistogramProvider, {
    name: 'http_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its answer',
    labels: { method: ['GET', 'HEAD'], route: ['/:id'], status: DOCUMENT_STATUSES },
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    enableExemplars: true,
  }),
  appMetric(makeCounterProvider, {
    name: 'connections_excess_total',
    help: 'Connections that came while MAX_CONNECTIONS were open: each was closed, or good for probes and scrapes alone',
    source: ConnectionLimit,
    collect({ excess }) {
      this.reset();
      this.inc(excess);
    },
  }),
  appMetric(makeGaugeProvider, {
    name: 'document_gateway_build_info',
    help: 'Always 1: the version and the commit that are running',
    labels: { version: [], commit: [] },
    collect() {
      this.set({ version: buildInfo.version, commit: buildInfo.commit }, 1);
    },
  }),
];

/** Measures every request, with an exemplar when its trace is sampled. */
@Injectable()
export class ExchangeTimes {
  constructor(@InjectMetric('http_request_duration_seconds') duration: Histogram, exchanges: Exchanges) {
    exchanges.observe({
      end: ({ method, route, status, seconds, request }) =>
        duration.observe({
          labels: { method: METHODS.has(method) ? method : 'other', route, status: String(status) },
          value: seconds,
          // The types of prom-client wrongly restrict exemplars to the labels of the metric.
          exemplarLabels: request?.span?.sampled === true ? request.span.ids : NO_EXEMPLAR,
        }),
    });
  }
}
