import type { IncomingHttpHeaders } from 'node:http';
import type { Documents } from '../upstream/documents.ts';

/** The result of one request. */
export interface Answer {
  /** The time of sending, by `performance.now()`. */
  readonly at: number;
  /** Milliseconds until the last byte. */
  readonly ms: number;
  /** 0 without a complete answer. */
  readonly status: number;
  /**
   * `intact`; the type of a problem, such as `overloaded`; `broken` without a complete answer. Forbidden are
   * `damaged`, a 200 that is not an intact document with its true type, and `off-contract`, any other answer.
   */
  readonly kind: string;
  /** What is wrong with a forbidden answer. */
  readonly flaw?: string;
}

const TYPE_PREFIX = 'urn:problem-type:document-gateway:';

/** Compares an answer with the contract: every byte of a document, every field of a problem. */
export function judge(
  status: number,
  headers: IncomingHttpHeaders,
  body: Buffer,
  documents: Documents,
  secrets: readonly string[],
): Pick<Answer, 'kind' | 'flaw'> {
  if (status === 200) return judgeDocument(headers, body, documents);
  const text = body.toString();
  const { kind, flaw } = judgeProblem(status, headers, text);
  const all = text + JSON.stringify(headers);
  const secret = secrets.find((each) => all.includes(each));
  const found = secret === undefined ? flaw : `it tells ${secret}`;
  return found === undefined
    ? { kind }
    : { kind: 'off-contract', flaw: `${status}: ${found}: ${text.slice(0, 200)}` };
}

function judgeDocument(
  headers: IncomingHttpHeaders,
  body: Buffer,
  { png, pdf }: Documents,
): Pick<Answer, 'kind' | 'flaw'> {
  const type = body.equals(png) ? 'image/png' : body.equals(pdf) ? 'application/pdf' : undefined;
  if (type === undefined)
    return { kind: 'damaged', flaw: `${body.length} bytes that are no intact document` };
  if (headers['content-type'] !== type || headers['content-length'] !== String(body.length)) {
    return { kind: 'damaged', flaw: `${type} of ${body.length} bytes as ${JSON.stringify(headers)}` };
  }
  return { kind: 'intact' };
}

function judgeProblem(
  status: number,
  headers: IncomingHttpHeaders,
  text: string,
): Pick<Answer, 'kind' | 'flaw'> {
  const problem = parse(text);
  const type = String(problem['type']);
  const kind = type.slice(TYPE_PREFIX.length);
  const flaws = [
    headers['content-type'] === 'application/problem+json' || 'its media type',
    headers['cache-control'] === 'no-store' || 'it may be cached',
    type.startsWith(TYPE_PREFIX) || 'its problem type',
    problem['status'] === status || 'its status inside',
    (typeof problem['title'] === 'string' && typeof problem['detail'] === 'string') ||
      'no title or no detail',
    problem['instance'] === headers['x-request-id'] || 'its instance is not the id of the request',
    status !== 503 || /^[1-9]\d*$/.test(headers['retry-after'] ?? '') || 'no Retry-After',
  ];
  const flaw = flaws.find((each) => each !== true);
  return typeof flaw === 'string' ? { kind, flaw } : { kind };
}

function parse(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
