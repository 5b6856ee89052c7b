import { z } from 'zod';
import { formats } from '../formats/formats.ts';

const EXTENSIONS = formats.map(({ extension }) => extension).join('|');

interface HeaderDescription {
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodType;
  readonly example: string;
}

/** The response headers by name, except those of the connection such as Date and Connection. */
export const headers: Readonly<Record<string, HeaderDescription>> = {
  'x-request-id': {
    name: 'X-Request-Id',
    description:
      'The id of the request: the X-Request-Id of the request if it is valid, otherwise a new one. The log line has it too.',
    schema: z.string().regex(/^[\w.-]{1,128}$/),
    example: '3b14d5c3-88ea-49a5-adb7-e8ae013de76b',
  },
  'cache-control': {
    name: 'Cache-Control',
    description: 'The rules for caching the answer.',
    schema: z.string(),
    example: 'private, no-cache',
  },
  'content-length': {
    name: 'Content-Length',
    description: 'The length of the body in bytes.',
    schema: z.string().regex(/^\d+$/),
    example: '48000',
  },
  'content-disposition': {
    name: 'Content-Disposition',
    description: 'The file name: the id with the extension of the format.',
    schema: z
      .string()
      .regex(
        new RegExp(
          `^(inline|attachment); filename="[\\w.-]+\\.(${EXTENSIONS})"(; filename\\*=UTF-8''[!-~]+)?$`,
        ),
      ),
    example: 'inline; filename="1.png"',
  },
  'x-content-type-options': {
    name: 'X-Content-Type-Options',
    description: 'The media type was determined from the bytes: clients must not guess another.',
    schema: z.literal('nosniff'),
    example: 'nosniff',
  },
  'content-encoding': {
    name: 'Content-Encoding',
    description: 'Present when the body is compressed.',
    schema: z.literal('gzip'),
    example: 'gzip',
  },
  'content-security-policy': {
    name: 'Content-Security-Policy',
    description: 'What the page may load.',
    schema: z.string(),
    example: "default-src 'none'",
  },
  'referrer-policy': {
    name: 'Referrer-Policy',
    description: 'Whether the page sends its address to other sites.',
    schema: z.literal('no-referrer'),
    example: 'no-referrer',
  },
  location: {
    name: 'Location',
    description: 'The address of the redirect.',
    schema: z.string(),
    example: '/docs',
  },
  etag: {
    name: 'ETag',
    description: 'Identifies the bytes of the document.',
    schema: z.string().regex(/^"[\x21\x23-\x7e]+"$/),
    example: '"eDWmMxQFZW1bPhRyDSYmQw"',
  },
  vary: {
    name: 'Vary',
    description: 'The headers of the request on which the answer depends.',
    schema: z.string(),
    example: 'Accept, X-API-KEY',
  },
  'accept-ranges': {
    name: 'Accept-Ranges',
    description: 'Ranges are served only with `If-Range` and the entity tag of the document.',
    schema: z.literal('none'),
    example: 'none',
  },
  'content-range': {
    name: 'Content-Range',
    description: 'The part of the document; or, after an asterisk, the length of the document.',
    schema: z.string().regex(/^bytes (\d+-\d+|\*)\/\d+$/),
    example: 'bytes 0-99/48000',
  },
  age: {
    name: 'Age',
    description: 'The age of the last good copy in seconds, if one was delivered.',
    schema: z.string().regex(/^\d+$/),
    example: '12',
  },
  'cache-status': {
    name: 'Cache-Status',
    description: 'Present when a last good copy was delivered, RFC 9211.',
    schema: z.string(),
    example: 'document-gateway; fwd=stale; detail=stale-if-error',
  },
  'www-authenticate': {
    name: 'WWW-Authenticate',
    description: 'The scheme: an API key in the header X-API-KEY.',
    schema: z.string(),
    example: 'ApiKey realm="document-gateway", header="X-API-KEY"',
  },
  allow: {
    name: 'Allow',
    description: 'The methods of the path.',
    schema: z.string(),
    example: 'GET, HEAD, OPTIONS',
  },
  'retry-after': {
    name: 'Retry-After',
    description: 'Seconds to wait before the next request.',
    schema: z.string().regex(/^[1-9]\d*$/),
    example: '1',
  },
  'ratelimit-policy': {
    name: 'RateLimit-Policy',
    description:
      'If the consumer has a rate: q requests are allowed in w seconds, draft-ietf-httpapi-ratelimit-headers-11.',
    schema: z.string().regex(/^"default";q=\d+;w=\d+$/),
    example: '"default";q=100;w=60',
  },
  ratelimit: {
    name: 'RateLimit',
    description: 'If the consumer has a rate: r requests are left for the next t seconds.',
    schema: z.string().regex(/^"default";r=\d+;t=\d+$/),
    example: '"default";r=57;t=42',
  },
};
