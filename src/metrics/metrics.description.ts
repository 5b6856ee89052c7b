import { z } from 'zod';
import type { RouteDescription } from '../openapi/description.ts';

const sample =
  '# HELP breaker_state 0 closed, 1 half-open, 2 open\n# TYPE breaker_state gauge\nbreaker_state 0\n';

export const metricsDescription: RouteDescription = {
  name: 'Metrics',
  tag: 'Operation',
  summary: 'Metrics for Prometheus',
  description: 'For the inside: it should not be routed from outside.',
  answers: {
    200: {
      description: 'The exposition; as OpenMetrics where traces are on and the scraper asks for it',
      headers: ['content-length'],
      content: {
        'text/plain': { schema: z.string(), examples: { gauge: sample } },
        'application/openmetrics-text': { schema: z.string(), examples: { gauge: `${sample}# EOF\n` } },
      },
    },
  },
};
