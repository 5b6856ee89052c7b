/**
 * On every answer, whatever it is. A browser that is shown one runs nothing of it, frames it nowhere, and takes it
 * for what it is said to be. See docs/decisions/0009-headers-of-every-answer.md for those that are not here.
 */
export const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;
