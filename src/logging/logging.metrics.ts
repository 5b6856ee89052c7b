import { makeCounterProvider } from '@willsoto/nestjs-prometheus';
import { appMetric } from '../metrics/app-metric.ts';
import { standardOutput } from './log-output.ts';

export const loggingMetrics = [
  appMetric(makeCounterProvider, {
    name: 'log_lines_dropped_total',
    help: 'Log lines that were dropped because the log was not read or its disk was full',
    collect() {
      this.reset();
      this.inc(standardOutput.droppedLines);
    },
  }),
];
