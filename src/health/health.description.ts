import { z } from 'zod';
import type { RouteDescription } from '../openapi/description.ts';

const indicator = z.looseObject({ status: z.enum(['up', 'degraded', 'down']) });
const indicators = z.record(z.string(), indicator);

const health = z
  .strictObject({
    status: z.enum(['ok', 'degraded', 'error', 'shutting_down']),
    info: indicators.describe('What is well.'),
    error: indicators.describe('What is not.'),
    details: indicators.describe('Both.'),
  })
  .meta({ id: 'Health', description: 'The state of the service and of what it needs.' });

const up = { lifecycle: { status: 'up' }, upstream: { status: 'up' } };
const down = { upstream: { status: 'down', message: 'the upstream does not answer' } };

export const aliveDescription: RouteDescription = {
  name: 'Health',
  tag: 'Service',
  summary: 'Whether the process is alive',
  description: 'It never asks the document store.',
  answers: {
    200: {
      description: 'It is',
      headers: ['content-length', 'cache-control'],
      content: { 'text/plain': { schema: z.literal("I'm healthy"), examples: { healthy: "I'm healthy" } } },
    },
  },
};

export const liveDescription: RouteDescription = {
  name: 'Liveness',
  tag: 'Operation',
  summary: 'Whether the process is alive, as JSON',
  answers: {
    200: {
      description: 'It is',
      headers: ['content-length', 'cache-control'],
      content: {
        'application/json': {
          schema: health,
          examples: { alive: { status: 'ok', info: {}, error: {}, details: {} } },
        },
      },
    },
  },
};

export const readyDescription: RouteDescription = {
  name: 'Readiness',
  tag: 'Operation',
  summary: 'Whether requests should be sent here',
  description: 'With the state of the document store and of the protections, as it was a moment ago.',
  answers: {
    200: {
      description: 'They should; something may be degraded nevertheless',
      headers: ['content-length', 'cache-control'],
      content: {
        'application/json': {
          schema: health,
          examples: {
            ready: { status: 'ok', info: up, error: {}, details: up },
          },
        },
      },
    },
    503: {
      description: 'They should not',
      headers: ['content-length', 'cache-control'],
      content: {
        'application/json': {
          schema: health,
          examples: {
            unready: { status: 'error', info: {}, error: down, details: down },
          },
        },
      },
    },
  },
};
