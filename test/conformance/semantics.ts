import { ask, DATE, type Expected, refused, type Rule, WHOLE } from './rule.ts';

const NOT_MODIFIED: Expected = { status: 304, body: 'none' };
const MODIFIED_LONG_AGO = 'If-Modified-Since: Fri, 20 Nov 2099 00:00:00 GMT';
const NOT_SINCE = 'If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT';

/** RFC 9110, HTTP Semantics, for a document with this entity tag and length. */
export const semantics = (tag: string, length: number): readonly Rule[] => [
  {
    section: '4.2.3',
    rule: 'a character is the same encoded or not, unless it is reserved',
    send: [ask('GET /%31'), ask('GET /1?'), ask('GET /1%2F'), ask('GET /1%3F')],
    answers: [WHOLE, WHOLE, refused(400), refused(400)],
  },
  {
    section: '5.1',
    rule: 'unrecognized header fields are ignored',
    send: ask('GET /1', ['X-Nobody-Knows: this', 'Sec-Odd-1: ?1']),
    answers: [WHOLE],
  },
  {
    section: '5.1',
    rule: 'field names do not depend on case',
    send: ask('GET /1', [`iF-nOnE-mAtCh: ${tag}`]),
    answers: [NOT_MODIFIED],
  },
  {
    section: '5.5',
    rule: 'a field value with NUL is rejected',
    send: ask('GET /1', ['X-Odd: a\0b']),
    answers: [refused(400)],
    closes: true,
  },
  {
    section: '5.6.1.2',
    rule: 'empty elements of a list are ignored',
    send: ask('GET /1', [`If-None-Match: , "a",, ,${tag},`]),
    answers: [NOT_MODIFIED],
  },
  {
    section: '6.6.1',
    rule: 'an origin server with a clock sends Date in every 2xx, 3xx and 4xx',
    send: [
      ask('GET /1'),
      ask('GET /1', ['If-None-Match: *']),
      ask('GET /1e3'),
      ask('OPTIONS /1'),
      ask('GET /1', ['X-Odd : a']),
    ],
    answers: [200, 304, 400, 204, 400].map((status) => ({ status, headers: { date: DATE } })),
    closes: true,
  },
  {
    section: '7.8',
    rule: 'a server may ignore Upgrade, and switches to nothing that was not offered',
    send: ask('GET /1', ['Connection: Upgrade', 'Upgrade: websocket']),
    answers: [{ ...WHOLE, without: ['upgrade'] }],
    // The parser of Node drops the rest of the packet after such a request.
    closes: true,
  },
  {
    section: '8.6',
    rule: 'no Content-Length in a 204',
    send: ask('OPTIONS /1'),
    answers: [{ status: 204, without: ['content-length', 'content-type'], body: 'none' }],
  },
  {
    section: '8.6',
    rule: 'Content-Length in an answer to HEAD is that of GET',
    send: ask('HEAD /1'),
    answers: [{ status: 200, headers: { 'content-length': String(length) }, body: 'none' }],
    heads: [0],
  },
  {
    section: '8.6',
    rule: 'no Content-Length in a 304, unless it is that of the 200',
    send: [ask('GET /1', ['If-None-Match: *']), ask('HEAD /1', ['If-None-Match: *'])],
    answers: [
      { ...NOT_MODIFIED, without: ['content-length'] },
      { ...NOT_MODIFIED, without: ['content-length'] },
    ],
    heads: [1],
  },
  {
    section: '8.8.3',
    rule: 'an entity tag is an opaque string in quotes',
    send: ask('GET /1'),
    answers: [{ status: 200, headers: { etag: /^"[\x21\x23-\x7e]+"$/ } }],
  },
  {
    section: '9.1',
    rule: 'GET and HEAD are supported; methods depend on case',
    send: [ask('GET /1'), ask('HEAD /1'), ask('get /1')],
    answers: [{ status: 200 }, { status: 200 }, refused(501)],
    heads: [1],
    closes: true,
  },
  {
    section: '9.1',
    rule: 'a method that is not known is answered with 501, one that is not allowed with 405',
    send: [ask('DELETE /1'), ask('BREW /1')],
    answers: [refused(405), refused(501)],
    closes: true,
  },
  {
    section: '9.3.1',
    rule: 'content of a GET has no meaning, and is not taken for another request',
    send: `${ask('GET /1', ['Content-Length: 4'], 'GET ')}${ask('GET /1')}`,
    answers: [WHOLE, WHOLE],
  },
  {
    section: '9.3.2',
    rule: 'an answer to HEAD has no content, be it a success or not',
    send: [ask('HEAD /1'), ask('HEAD /1e3'), ask('HEAD /a/b')],
    answers: [200, 400, 404].map((status) => ({
      status,
      headers: { 'content-length': /^\d+$/ },
      body: 'none',
    })),
    heads: [0, 1, 2],
  },
  {
    section: '9.3.6',
    rule: 'an origin server need not implement CONNECT',
    send: 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n',
    answers: [refused(405)],
    closes: true,
  },
  {
    section: '9.3.7',
    rule: 'OPTIONS tells what may be done with a resource, and with the server for *',
    send: [ask('OPTIONS /1'), ask('OPTIONS *')],
    answers: [204, 204].map((status) => ({ status, headers: { allow: 'GET, HEAD, OPTIONS' } })),
  },
  {
    section: '9.3.8',
    rule: 'TRACE reflects nothing where it is not allowed',
    send: ask('TRACE /1', ['Cookie: secret']),
    answers: [refused(405)],
  },
  {
    section: '10.1.1',
    rule: 'whoever expects 100-continue gets it, or a final status',
    send: ask('GET /1', ['Expect: 100-continue', 'Content-Length: 3'], 'abc'),
    interim: [100],
    answers: [WHOLE],
  },
  {
    section: '10.1.1',
    rule: '100-continue is ignored in HTTP/1.0',
    send: ask('GET /1', ['Expect: 100-continue', 'Content-Length: 3'], 'abc').replace('HTTP/1.1', 'HTTP/1.0'),
    answers: [WHOLE],
    closes: true,
  },
  {
    section: '10.2.1',
    rule: 'a 405 has Allow',
    send: [ask('POST /1'), ask('PUT /health'), ask('PATCH /'), ask('DELETE /metrics')],
    answers: Array.from({ length: 4 }, () => ({ status: 405, headers: { allow: 'GET, HEAD, OPTIONS' } })),
  },
  {
    section: '11.6.1',
    rule: 'a 401 has WWW-Authenticate with a challenge',
    send: 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\n',
    answers: [{ status: 401, headers: { 'www-authenticate': /^[A-Za-z]+ realm="[^"]+"/ } }],
  },
  {
    section: '12.5.1',
    rule: 'without Accept, any media type will do',
    send: ask('GET /1'),
    answers: [WHOLE],
  },
  {
    section: '12.5.1',
    rule: 'the most specific range of Accept decides, and q=0 is not acceptable',
    send: [
      ask('GET /1', ['Accept: */*;q=0.1, application/pdf;q=0']),
      ask('GET /1', ['Accept: */*;q=0, application/pdf;q=0.001']),
      ask('GET /1', ['Accept: image/png']),
    ],
    answers: [refused(406), WHOLE, refused(406)],
  },
  {
    section: '12.5.5',
    rule: 'Vary names what decided about the answer, in a 304 as in a 200',
    send: [ask('GET /1'), ask('GET /1', ['If-None-Match: *'])],
    answers: [200, 304].map((status) => ({ status, headers: { vary: 'Accept, X-API-KEY' } })),
  },
  {
    section: '13.1.1',
    rule: 'If-Match compares strongly; when it is false, the method is not performed: 412',
    send: [`If-Match: ${tag}`, 'If-Match: *', `If-Match: W/${tag}`, 'If-Match: "a", "b"'].map((line) =>
      ask('GET /1', [line]),
    ),
    answers: [WHOLE, WHOLE, refused(412), refused(412)],
  },
  {
    section: '13.1.2',
    rule: 'If-None-Match compares weakly; when it is false, GET and HEAD are answered with 304',
    send: [
      ask('GET /1', [`If-None-Match: W/${tag}`]),
      ask('GET /1', ['If-None-Match: *']),
      ask('HEAD /1', [`If-None-Match: "a", ${tag}`]),
      ask('GET /1', ['If-None-Match: "a"']),
    ],
    answers: [NOT_MODIFIED, NOT_MODIFIED, NOT_MODIFIED, WHOLE],
    heads: [2],
  },
  {
    section: '13.1.3',
    rule: 'If-Modified-Since is ignored beside If-None-Match, and without a modification date',
    send: [ask('GET /1', [MODIFIED_LONG_AGO, 'If-None-Match: "a"']), ask('GET /1', [MODIFIED_LONG_AGO])],
    answers: [WHOLE, WHOLE],
  },
  {
    section: '13.1.4',
    rule: 'If-Unmodified-Since is ignored beside If-Match, and without a modification date',
    send: [ask('GET /1', [NOT_SINCE, `If-Match: ${tag}`]), ask('GET /1', [NOT_SINCE])],
    answers: [WHOLE, WHOLE],
  },
  {
    section: '13.1.5',
    rule: 'If-Range is ignored without Range; it compares strongly, and else Range is ignored',
    send: [
      ask('GET /1', [`If-Range: ${tag}`]),
      ask('GET /1', [`If-Range: W/${tag}`, 'Range: bytes=0-9']),
      ask('GET /1', ['If-Range: Fri, 20 Nov 2026 00:00:00 GMT', 'Range: bytes=0-9']),
      ask('GET /1', [`If-Range: ${tag}`, 'Range: bytes=0-9']),
    ],
    answers: [WHOLE, WHOLE, WHOLE, { status: 206, body: { part: [0, 9] } }],
  },
  {
    section: '13.2.1',
    rule: 'conditions are ignored where the answer would be no success without them',
    send: [
      ask('GET /1e3', ['If-None-Match: *']),
      ask('GET /1', ['If-None-Match: *', 'Accept: image/png']),
      'GET /1 HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n',
    ],
    answers: [refused(400), refused(406), refused(401)],
  },
  {
    section: '13.2.2',
    rule: 'If-Match goes before If-None-Match, and that before If-Range',
    send: [
      ask('GET /1', ['If-Match: "a"', `If-None-Match: ${tag}`]),
      ask('GET /1', [`If-Match: ${tag}`, `If-None-Match: ${tag}`]),
      ask('GET /1', [`If-None-Match: ${tag}`, `If-Range: ${tag}`, 'Range: bytes=0-9']),
    ],
    answers: [refused(412), NOT_MODIFIED, NOT_MODIFIED],
  },
  {
    section: '14.2',
    rule: 'Range is ignored with a unit that is not known, and with every method but GET',
    send: [
      ask('GET /1', [`If-Range: ${tag}`, 'Range: pages=1-2']),
      ask('HEAD /1', [`If-Range: ${tag}`, 'Range: bytes=0-9']),
    ],
    answers: [WHOLE, { status: 200, headers: { 'content-length': String(length) }, body: 'none' }],
    heads: [1],
  },
  {
    section: '14.3',
    rule: 'Accept-Ranges: none advises not to ask for ranges',
    send: ask('GET /1', ['Range: bytes=0-9']),
    answers: [{ ...WHOLE, headers: { 'accept-ranges': 'none' }, without: ['content-range'] }],
  },
  {
    section: '15.3.7',
    rule: 'a 206 has Content-Range, and Date, Cache-Control, ETag and Vary as the 200 has them',
    send: ask('GET /1', [`If-Range: ${tag}`, 'Range: bytes=-10']),
    answers: [
      {
        status: 206,
        headers: {
          'content-range': `bytes ${length - 10}-${length - 1}/${length}`,
          'content-length': '10',
          'content-type': 'application/pdf',
          date: DATE,
          'cache-control': 'private, no-cache',
          etag: tag,
          vary: 'Accept, X-API-KEY',
        },
        body: { part: [length - 10, length - 1] },
      },
    ],
  },
  {
    section: '15.4.5',
    rule: 'a 304 has Cache-Control, Date, ETag and Vary as the 200 has them, and does not describe the content',
    send: ask('GET /1', [`If-None-Match: ${tag}`]),
    answers: [
      {
        status: 304,
        headers: { 'cache-control': 'private, no-cache', date: DATE, etag: tag, vary: 'Accept, X-API-KEY' },
        without: ['content-type', 'content-disposition', 'content-range', 'last-modified'],
        body: 'none',
      },
    ],
  },
  {
    section: '15.5.17',
    rule: 'a 416 has Content-Range with the length',
    send: ask('GET /1', [`If-Range: ${tag}`, `Range: bytes=${length}-`]),
    answers: [{ status: 416, headers: { 'content-range': `bytes */${length}` } }],
  },
];
