import { z } from 'zod';
import { formats } from '../formats/formats.ts';

const EXTENSIONS = formats.map(({ extension }) => extension).join('|');

interface HeaderDescription {
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodType;
  readonly example: string;
}

/** Every header of an answer that is more than the wire between the two, such as Date and Connection. */
export const headers = {
  'x-request-id': {
    name: 'X-Request-Id',
    description:
      'The id of the request: its own, when it brought a plain one, or a new one. It finds the log line.',
    schema: z.string().regex(/^[\w.-]{1,128}$/),
    example: '3b14d5c3-88ea-49a5-adb7-e8ae013de76b',
  },
  'cache-control': {
    name: 'Cache-Control',
    description: 'Who may keep the answer, and for how long.',
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
    description: 'The name to save the document under: its id, with the extension of what it is.',
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
    description: 'The media type is what the bytes are: there is nothing to guess.',
    schema: z.literal('nosniff'),
    example: 'nosniff',
  },
  'content-encoding': {
    name: 'Content-Encoding',
    description: 'There when the body is compressed.',
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
    description: 'What the page tells others of its address.',
    schema: z.literal('no-referrer'),
    example: 'no-referrer',
  },
  location: {
    name: 'Location',
    description: 'Where to go instead.',
    schema: z.string(),
    example: '/docs',
  },
  etag: {
    name: 'ETag',
    description: 'Names these very bytes.',
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
    description: 'Parts are for those alone who name the bytes that they are parts of, by `If-Range`.',
    schema: z.literal('none'),
    example: 'none',
  },
  'content-range': {
    name: 'Content-Range',
    description: 'Which part of the document this is; or, after an asterisk, how long the document is.',
    schema: z.string().regex(/^bytes (\d+-\d+|\*)\/\d+$/),
    example: 'bytes 0-99/48000',
  },
  age: {
    name: 'Age',
    description: 'The age in seconds of a copy that stands in for an answer of the document store.',
    schema: z.string().regex(/^\d+$/),
    example: '12',
  },
  'cache-status': {
    name: 'Cache-Status',
    description: 'There when a copy stands in for an answer of the document store, RFC 9211.',
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
    description: 'The methods that the path is served with.',
    schema: z.string(),
    example: 'GET, HEAD, OPTIONS',
  },
  'retry-after': {
    name: 'Retry-After',
    description: 'Seconds after which it makes sense to ask again.',
    schema: z.string().regex(/^[1-9]\d*$/),
    example: '1',
  },
  'ratelimit-policy': {
    name: 'RateLimit-Policy',
    description:
      'When the consumer has a rate: how many requests (q) it may make in how many seconds (w), draft-ietf-httpapi-ratelimit-headers-11.',
    schema: z.string().regex(/^"default";q=\d+;w=\d+$/),
    example: '"default";q=100;w=60',
  },
  ratelimit: {
    name: 'RateLimit',
    description: 'When the consumer has a rate: how many requests are left (r) for how many seconds (t).',
    schema: z.string().regex(/^"default";r=\d+;t=\d+$/),
    example: '"default";r=57;t=42',
  },
} as const satisfies Readonly<Record<string, HeaderDescription>>;

export type HeaderName = keyof typeof headers;
