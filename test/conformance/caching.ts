import { ask, type Rule, WHOLE } from './rule.ts';

/** RFC 9111, HTTP Caching: the rules for what an origin server sends. */
export const caching: readonly Rule[] = [
  {
    section: '3.5',
    rule: 'what needs authentication other than Authorization must keep shared caches off by itself',
    send: ask('GET /1'),
    answers: [{ status: 200, headers: { 'cache-control': 'private, no-cache', vary: /X-API-KEY/ } }],
  },
  {
    section: '5.1',
    rule: 'Age means that the answer was not made for this request: what was fetched for it has none',
    send: ask('GET /1'),
    answers: [{ ...WHOLE, without: ['age'] }],
  },
  {
    section: '5.2.1',
    rule: 'request directives are for caches, and this is none: the document is fetched for each',
    send: ['no-cache', 'no-store', 'max-age=0', 'only-if-cached', 'max-stale'].map((directive) =>
      ask('GET /1', [`Cache-Control: ${directive}`]),
    ),
    answers: Array.from({ length: 5 }, () => WHOLE),
  },
  {
    section: '5.2.2.5',
    rule: 'no-store on what is for this request alone: every problem',
    send: [ask('GET /1e3'), ask('GET /a/b'), ask('POST /1'), 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\n'],
    answers: [400, 404, 405, 401].map((status) => ({ status, headers: { 'cache-control': 'no-store' } })),
  },
  {
    section: '5.5',
    rule: 'Warning is obsolete, and Pragma too (5.4)',
    send: ask('GET /1', ['Pragma: no-cache']),
    answers: [{ ...WHOLE, without: ['warning', 'pragma', 'expires'] }],
  },
];
