import { STATUS_CODES } from 'node:http';
import { type Problem, PROBLEM_HEADERS } from '../problem/problem.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** Serializes a whole HTTP answer, for a request that the parser rejected, which has no reply object. */
export function rawProblem(problem: Problem, instance: string): string {
  const body = problem.toBody(instance);
  const headers = {
    ...SECURITY_HEADERS,
    ...PROBLEM_HEADERS,
    ...problem.headers,
    'x-request-id': instance,
    // RFC 9110 section 6.6.1
    date: new Date().toUTCString(),
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}
