import { z } from 'zod';
import type { RouteDescription } from '../http/description.ts';

const indicator = z.looseObject({ status: z.enum(['up', 'degraded', 'down']) });
const indicators = z.record(z.string(), indicator);

const health = z
  .strictObject({
    status: z.enum(['ok', 'degraded', 'error', 'shutting_down']),
    info: indicators.describe('The indicators that are up or degraded.'),
    error: indicators.describe('The indicators that are down.'),
    details: indicators.describe('All indicators.'),
  })
  .meta({ id: 'Health', description: 'The state of the service and of its dependencies.' });

const up = { lifecycle: { status: 'up' }, upstream: { status: 'up' } };
const down = { upstream: { status: 'down', message: 'the upstream does not answer' } };

export const aliveDescription: RouteDescription = {
  name: 'Health',
  tag: 'Service',
  summary: 'Whether the process is alive',
  description: 'It never asks the upstream.',
  answers: {
    200: {
      description: 'The process is alive',
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
      description: 'The process is alive',
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
  summary: 'Whether this replica accepts requests',
  description: 'With the recent state of the upstream and of the protections.',
  answers: {
    200: {
      description: 'It does; something may be degraded',
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
      description: 'It does not',
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
