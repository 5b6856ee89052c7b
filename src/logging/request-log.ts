import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import type { Exchange } from '../http/exchange.ts';

/** The routes that machines poll; their lines would bury the others. */
const POLLED = new Set(['/health', '/health/live', '/health/ready', '/metrics']);

/** One line per request, written when its answer has left or its client has. */
@Injectable()
export class RequestLog {
  constructor(private readonly logger: PinoLogger) {}

  readonly observe = ({ requestId, method, route, status, seconds, record }: Exchange): void => {
    const line = { requestId, method, route, status, ms: seconds * 1000, ...record };
    for (const key of ['ms', 'upstreamMs', 'verifyMs'] as const) {
      if (line[key] !== undefined) line[key] = Math.round(line[key] * 10) / 10;
    }
    if (status >= 500) this.logger.warn(line, 'request failed');
    else if (POLLED.has(route) && status < 400) this.logger.debug(line, 'request served');
    else this.logger.info(line, status === 499 ? 'client left' : 'request served');
  };
}
