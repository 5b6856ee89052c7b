import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';
import { Exchanges } from '../http/exchange.ts';

/** Counts the requests by consumer and status. */
@Injectable()
export class ConsumerRequests {
  constructor(@InjectMetric('consumer_requests_total') requests: Counter, exchanges: Exchanges) {
    exchanges.observe({
      end: ({ record, status }) => {
        requests.inc({ consumer: record.consumer ?? 'none', status: String(status) });
      },
    });
  }
}
