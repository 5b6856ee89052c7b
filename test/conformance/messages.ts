import { KEY } from '../e2e/harness.ts';
import { ask, type Expected, refused, type Rule, WHOLE } from './rule.ts';

const HEALTH: Expected = { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' } };
const health = (lines: readonly string[] = []): string =>
  ['GET /health HTTP/1.1', 'Host: a', ...lines, '', ''].join('\r\n');
const older = (lines: readonly string[] = []): string =>
  ['GET /1 HTTP/1.0', `X-API-KEY: ${KEY}`, ...lines, '', ''].join('\r\n');
/** A request that must not get an answer. */
const SMUGGLED = ask('GET /666');

/** Expects a refusal and a closed connection. */
const malformed = (section: string, rule: string, send: string): Rule => ({
  section,
  rule,
  send,
  answers: [refused(400)],
  closes: true,
});

/** RFC 9112, HTTP/1.1. */
export const messages: readonly Rule[] = [
  {
    section: '2.2',
    rule: 'an empty line before the request line is ignored',
    send: `\r\n${health()}`,
    answers: [HEALTH],
  },
  malformed('2.2', 'a bare CR is not taken for the end of a line', ask('GET /1', ['X-Odd: a\rX-Other: b'])),
  malformed(
    '2.2',
    'white space between the request line and the first field is refused',
    'GET /health HTTP/1.1\r\n Host: a\r\nHost: b\r\n\r\n',
  ),
  malformed('2.2', 'what is no HTTP is refused', 'EHLO example.org\r\n\r\n'),
  malformed('3', 'an invalid request line is refused', ask('GET /1 /2')),
  malformed('2.3', 'a version that is none is refused', health().replace('HTTP/1.1', 'HTTP/1.1.1')),
  {
    section: '3',
    rule: 'a target that is longer than the server takes is answered with 414',
    send: ask(`GET /${'1'.repeat(4_000)}`),
    answers: [refused(414)],
  },
  malformed('3.2', 'HTTP/1.1 without Host is refused', 'GET /health HTTP/1.1\r\n\r\n'),
  malformed('3.2', 'more than one Host is refused', health(['Host: a'])),
  malformed('3.2', 'a Host that cannot be one is refused', 'GET /health HTTP/1.1\r\nHost: a/b\r\n\r\n'),
  {
    section: '3.2',
    rule: 'Host may be empty, a name or an address, with a port or without',
    send: ['', 'a.example', 'a.example:5000', '127.0.0.1:80', '[::1]:5000', 'a_b-c.~%41'].map(
      (host) => `GET /health HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    ),
    answers: Array.from({ length: 6 }, () => HEALTH),
  },
  {
    section: '3.2.2',
    rule: 'the absolute form is accepted, and Host ignored for it',
    send: [
      ask('GET http://other.test/1'),
      ask('GET HTTPS://other.test:8443/1?x'),
      ask('OPTIONS http://other.test/1'),
      ask('GET http://other.test'),
      ask('GET http://other.test?x=/1'),
    ],
    answers: [
      WHOLE,
      WHOLE,
      { status: 204, headers: { allow: 'GET, HEAD, OPTIONS' } },
      { status: 200, headers: { 'content-type': /json/ } },
      { status: 200, headers: { 'content-type': /json/ } },
    ],
  },
  {
    section: '3.2.4',
    rule: 'the asterisk is for OPTIONS alone',
    send: [ask('OPTIONS *'), ask('GET *')],
    answers: [{ status: 204 }, refused(404)],
  },
  malformed('5.1', 'white space between a name and its colon is refused', ask('GET /1', ['X-Odd : a'])),
  malformed('5.1', 'a field without a name is refused', ask('GET /1', [': a'])),
  malformed('5.2', 'a line folding is refused', ask('GET /1', ['X-Odd: a', ' b'])),
  {
    section: '5',
    rule: 'white space around a value is no part of it',
    send: `GET /1 HTTP/1.1\r\nHost:a\r\nX-API-KEY: \t ${KEY}\t \r\n\r\n`,
    answers: [WHOLE],
  },
  malformed(
    '6.1',
    'Transfer-Encoding beside Content-Length, in either order, ends the connection',
    `${ask('POST /1', ['Content-Length: 5', 'Transfer-Encoding: chunked'])}0\r\n\r\n${SMUGGLED}`,
  ),
  malformed(
    '6.1',
    'the same, the other way round',
    `${ask('POST /1', ['Transfer-Encoding: chunked', 'Content-Length: 5'])}0\r\n\r\n${SMUGGLED}`,
  ),
  malformed(
    '6.1',
    'Transfer-Encoding in HTTP/1.0 is a faulty framing',
    `${older(['Connection: keep-alive', 'Transfer-Encoding: chunked'])}0\r\n\r\n${SMUGGLED}`,
  ),
  malformed(
    '6.1',
    'a coding that is not known ends the connection',
    ask('POST /1', ['Transfer-Encoding: gzip, chunked']),
  ),
  malformed(
    '6.3',
    'where chunked is not the last coding, the length cannot be told: 400',
    `${ask('POST /1', ['Transfer-Encoding: chunked, identity'])}0\r\n\r\n${SMUGGLED}`,
  ),
  ...[
    'xchunked',
    'chunked x',
    '"chunked"',
    'chunked;q=1',
    'identity',
    'chunked, chunked',
    '\x0bchunked',
    ',',
  ].map((coding) =>
    malformed(
      '6.3',
      `no way round that: ${JSON.stringify(coding)}`,
      `${ask('POST /1', [`Transfer-Encoding: ${coding}`])}0\r\n\r\n${SMUGGLED}`,
    ),
  ),
  malformed(
    '6.3',
    'two fields that make such a list together',
    `${ask('POST /1', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'])}0\r\n\r\n${SMUGGLED}`,
  ),
  ...['1x', '-1', '+3', '0x3', '3.0', '3 3', '9'.repeat(30)].map((length) =>
    malformed(
      '6.3',
      `an invalid Content-Length is refused: ${length}`,
      `${ask('POST /1', [`Content-Length: ${length}`])}abc${SMUGGLED}`,
    ),
  ),
  malformed(
    '6.3',
    'lengths that differ are refused',
    `${ask('POST /1', ['Content-Length: 3', 'Content-Length: 4'])}abc${SMUGGLED}`,
  ),
  {
    section: '7.1',
    rule: 'chunks are read; extensions (7.1.1) and trailers (7.1.2) that nobody knows are ignored',
    send: ask(
      'POST /1',
      ['Transfer-Encoding: chunked'],
      '3;a=b;c="d"\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Trailer: a\r\n\r\n',
    ),
    answers: [refused(405)],
  },
  {
    section: '7.1',
    rule: 'the size of a chunk does not overflow: what cannot be read ends the connection',
    send: `${ask('POST /1', ['Transfer-Encoding: chunked'])}10000000000000003\r\nabc\r\n0\r\n\r\n${SMUGGLED}`,
    answers: [refused(405)],
    closes: true,
  },
  {
    section: '7.1',
    rule: 'nor does a chunk end where its size does not say so',
    send: `${ask('POST /1', ['Transfer-Encoding: chunked'])}3\r\nabcd\r\n0\r\n\r\n${SMUGGLED}`,
    answers: [refused(405)],
    closes: true,
  },
  {
    section: '9.3',
    rule: 'a connection persists in HTTP/1.1',
    send: [ask('GET /1'), ask('GET /1'), health()],
    answers: [WHOLE, WHOLE, HEALTH],
  },
  {
    section: '9.3',
    rule: 'and in HTTP/1.0 when it is asked for alone',
    send: [older(['Connection: keep-alive']), older()],
    answers: [
      { ...WHOLE, headers: { connection: 'keep-alive' } },
      { ...WHOLE, headers: { connection: 'close' } },
    ],
    closes: true,
  },
  {
    section: '9.3.2',
    rule: 'pipelined requests are answered in their order',
    send: `${ask('GET /1')}${ask('HEAD /1')}${ask('GET /1e3')}${health()}`,
    answers: [WHOLE, { status: 200, body: 'none' }, refused(400), HEALTH],
    heads: [1],
  },
  {
    section: '9.6',
    rule: 'close ends the connection behind its answer, and says so; what follows is not processed',
    send: `${ask('GET /1', ['Connection: close'])}${SMUGGLED}`,
    answers: [{ ...WHOLE, headers: { connection: 'close' } }],
    closes: true,
  },
];
