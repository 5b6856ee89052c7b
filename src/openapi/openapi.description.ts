import { z } from 'zod';
import type { RouteDescription } from '../http/description.ts';

const document = z
  .looseObject({
    openapi: z.string().regex(/^3\.1\.\d+$/),
    info: z.looseObject({}),
    paths: z.looseObject({}),
  })
  .meta({ id: 'OpenApi', description: 'An OpenAPI 3.1 document.' });

export const openApiDescription: RouteDescription = {
  name: 'OpenApi',
  tag: 'Service',
  summary: 'This document',
  parameters: {
    'If-None-Match': {
      in: 'header',
      description: 'The ETag of the copy of the client.',
      schema: () => z.string(),
    },
  },
  answers: {
    200: {
      description: 'The API of this service, with its settings',
      headers: ['content-length', 'etag', 'cache-control', 'x-content-type-options'],
      content: {
        'application/json': {
          schema: document,
          examples: {
            beginning: { openapi: '3.1.1', info: { title: 'Document gateway', version: '1.0.0' }, paths: {} },
          },
        },
      },
    },
    304: {
      description: 'The copy of the client is current',
      headers: ['etag', 'cache-control', 'x-content-type-options'],
    },
  },
};
