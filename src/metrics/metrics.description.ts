import { z } from 'zod';
import type { RouteDescription } from '../http/description.ts';

const sample =
  '# HELP breaker_state 0 closed, 1 half-open, 2 open\n# TYPE breaker_state gauge\nbreaker_state 0\n';

export const metricsDescription: RouteDescription = {
  name: 'Metrics',
  tag: 'Operation',
  summary: 'Metrics for Prometheus',
  description: 'Do not route it from outside.',
  answers: {
    200: {
      description: 'The metrics; in the OpenMetrics format if traces are on and the client asks for it',
      headers: ['content-length'],
      content: {
        'text/plain': { schema: z.string(), examples: { gauge: sample } },
        'application/openmetrics-text': { schema: z.string(), examples: { gauge: `${sample}# EOF\n` } },
      },
    },
  },
};
