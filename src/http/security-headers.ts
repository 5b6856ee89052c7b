/**
 * Headers of every answer: a browser executes nothing in it, does not frame it and does not sniff its type.
 * docs/decisions/0009-headers-of-every-answer.md says why others are missing.
 */
export const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;
