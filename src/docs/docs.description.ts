import { z } from 'zod';
import type { RouteDescription } from '../http/description.ts';
import { FILES } from './docs-page.ts';

const CACHEABLE: readonly string[] = ['etag', 'vary', 'cache-control', 'x-content-type-options'];
const WITH_CONTENT: readonly string[] = [...CACHEABLE, 'content-length', 'content-encoding?'];
const POLICY: readonly string[] = ['content-security-policy', 'referrer-policy'];

const parameters: RouteDescription['parameters'] = {
  'If-None-Match': {
    in: 'header',
    description: 'The ETag of the copy of the client.',
    schema: () => z.string(),
  },
};

export const pageDescription: RouteDescription = {
  name: 'Docs',
  tag: 'Service',
  summary: 'A page that describes the API and lets you try it',
  parameters,
  answers: {
    200: {
      description: 'The page',
      headers: [...WITH_CONTENT, ...POLICY],
      content: { 'text/html': { schema: z.string(), examples: { page: '<!doctype html>' } } },
    },
    304: { description: 'The copy of the client is current', headers: [...CACHEABLE, ...POLICY] },
  },
};

export const assetDescription: RouteDescription = {
  name: 'DocsFile',
  tag: 'Service',
  summary: 'A file of that page',
  parameters: {
    file: { in: 'path', description: 'Its name.', schema: () => z.enum(FILES), example: 'page.css' },
    ...parameters,
  },
  answers: {
    200: {
      description: 'The file',
      headers: WITH_CONTENT,
      content: {
        'text/css': { schema: z.string(), examples: { style: 'body { margin: 0 }' } },
        'text/html': { schema: z.string(), examples: { page: '<!doctype html>' } },
        'text/javascript': { schema: z.string(), examples: { script: "'use strict'" } },
      },
    },
    304: { description: 'The copy of the client is current', headers: CACHEABLE },
  },
  problems: ['overloaded', 'route-not-found'],
};
