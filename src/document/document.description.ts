import { z } from 'zod';
import { formats } from '../formats/formats.ts';
import type { DescribedParameter, RouteDescription } from '../http/description.ts';
import { documentConfig } from './document.config.ts';

const content = Object.fromEntries(
  formats.map(({ mediaType, name }) => [
    mediaType,
    { schema: z.any().meta({ description: `The bytes of a ${name.toUpperCase()} file.` }) },
  ]),
);

/** The headers of every answer about a document. The last two are on a last good copy. */
const ALWAYS: readonly string[] = ['etag', 'cache-control', 'vary', 'age?', 'cache-status?'];
const WITH_CONTENT: readonly string[] = [
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
    'The document with this id, whole and undamaged. Its media type is determined from its bytes; `Accept` may exclude a ' +
    'type, but does not choose one. Ids are compared as text: `007` is not `7`.',
  parameters: {
    id: {
      in: 'path',
      description: 'The id of the document.',
      schema: (settingsOf) => z.string().regex(settingsOf(documentConfig).idPattern),
      example: '1',
    },
    download: {
      in: 'query',
      description:
        'With `1` or `true`, browsers save the document as a file. Other query parameters are ignored.',
      schema: () => z.string(),
    },
    'If-None-Match': condition('The answer is 304 if the document has one of these entity tags.'),
    'If-Match': condition('The answer is 412 if the document has none of these entity tags.'),
    'If-Range': condition('`Range` is used only if the document has this entity tag.'),
    Range: condition('A part of the document, such as `bytes=0-99`; only with `If-Range`.'),
  },
  answers: {
    200: { description: 'The whole document', headers: [...WITH_CONTENT, 'accept-ranges'], content },
    206: { description: 'A part of the document', headers: [...WITH_CONTENT, 'content-range'], content },
    304: { description: 'The copy of the client has the same entity tag', headers: ALWAYS },
  },
  problems: ['document'],
};
