import { z } from 'zod';
import type { RouteDescription } from './http/description.ts';

const index = z
  .strictObject({
    name: z.string(),
    version: z.string().describe('By Semantic Versioning.'),
    commit: z.string().describe('The commit that it was built from, or `unknown`.'),
    links: z.record(z.string(), z.string()).describe('Relative addresses by name.'),
  })
  .meta({ id: 'Index', description: 'The service.' });

export const indexDescription: RouteDescription = {
  name: 'Index',
  tag: 'Service',
  summary: 'Name, version and links',
  answers: {
    200: {
      description: 'Name, version and links',
      headers: ['content-length', 'vary', 'cache-control'],
      content: {
        'application/json': {
          schema: index,
          examples: {
            index: {
              name: 'document-gateway',
              version: '1.0.0',
              commit: '3f0c1e3b7c1f4a3f8f6f1f1f7a9f3b1d5e2c4a6b',
              links: { document: './{id}', docs: './docs', openapi: './openapi.json' },
            },
          },
        },
      },
    },
    303: {
      description: 'The page `/docs`, for clients that prefer HTML, without an API key',
      headers: ['location', 'vary', 'cache-control', 'content-length'],
    },
  },
};
