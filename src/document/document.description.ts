import { z } from 'zod';
import { formats } from '../formats/formats.ts';
import type { DescribedHeader, DescribedParameter, RouteDescription } from '../openapi/description.ts';

const content = Object.fromEntries(
  formats.map(({ mediaType, name }) => [
    mediaType,
    { schema: z.any().meta({ description: `The bytes of a ${name.toUpperCase()} file.` }) },
  ]),
);

/** On whatever is known of a document; the last two when the last good copy stands in for it. */
const ALWAYS: readonly DescribedHeader[] = ['etag', 'cache-control', 'vary', 'age?', 'cache-status?'];
const WITH_CONTENT: readonly DescribedHeader[] = [
  ...ALWAYS,
  'content-length',
  'content-disposition',
  'x-content-type-options',
];

const condition = (description: string): DescribedParameter => ({
  in: 'header',
  description,
  schema: () => z.string(),
});

export const documentDescription: RouteDescription = {
  name: 'Document',
  tag: 'Documents',
  summary: 'A document',
  description:
    'The document with this id, whole and undamaged. Its media type is what its bytes are: `Accept` may exclude a type, ' +
    'and finds none. An id is text: `007` is not `7`.',
  parameters: {
    id: {
      in: 'path',
      description: 'The id of the document.',
      schema: ({ DOCUMENT_ID_PATTERN }) => z.string().regex(DOCUMENT_ID_PATTERN),
      example: '1',
    },
    download: {
      in: 'query',
      description:
        'With `1` or `true`, browsers keep the document as a file. Everything else in a query is ignored.',
      schema: () => z.string(),
    },
    'If-None-Match': condition('Answered with 304 when the document is one of these.'),
    'If-Match': condition('Answered with 412 when the document is none of these.'),
    'If-Range': condition('The part that `Range` names is wanted when the document is this one.'),
    Range: condition('A part of the document, for those who name the document by `If-Range`: `bytes=0-99`.'),
  },
  answers: {
    200: { description: 'The whole document', headers: [...WITH_CONTENT, 'accept-ranges'], content },
    206: { description: 'A part of the document', headers: [...WITH_CONTENT, 'content-range'], content },
    304: { description: 'The copy that the client has is this document', headers: ALWAYS },
  },
  problems: ['document'],
};
