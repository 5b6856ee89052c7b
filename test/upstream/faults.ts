import type { Random } from './random.ts';

/** A delay before the answer. Two rules make a tail: 20 ms for all requests, one second more for 1 %. */
export interface Latency {
  readonly kind: 'latency';
  readonly ms: number;
}

/** A correct answer with the damaged document. */
export interface DamagedDocument {
  readonly kind: 'damaged';
}

/** A fault of the connection or the answer. */
export type WireFault =
  /** This status and a line of text. `retryAfter` is sent unchanged: seconds or an HTTP date. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** TCP reset instead of an answer. */
  | { readonly kind: 'reset-before-headers' }
  /** A TCP reset after this share (0 to 1) of the body. The default is random for each request. */
  | { readonly kind: 'reset-in-body'; readonly at?: number }
  /** The correct Content-Length, but a normal close after this share of the body. The default is random. */
  | { readonly kind: 'truncate'; readonly at?: number }
  /** This Content-Type, or none for the empty string. The default is the type of the other document. */
  | { readonly kind: 'wrong-type'; readonly contentType?: string }
  /** The whole body with a wrong Content-Length. The connection stays open. */
  | { readonly kind: 'wrong-length'; readonly length: 'too-small' | 'too-large' | 'repeated' | 'malformed' }
  /** A chunked body without Content-Length. */
  | { readonly kind: 'chunked' }
  /** The body at this rate. */
  | { readonly kind: 'drip'; readonly bytesPerSecond: number }
  /** The document, then endless filler: chunked, or with a Content-Length of one tebibyte. */
  | { readonly kind: 'endless'; readonly framing: 'chunked' | 'content-length' }
  /** A redirect to `location`, by default to the same URL: a loop. */
  | { readonly kind: 'redirect'; readonly status: 301 | 302 | 303 | 307 | 308; readonly location?: string }
  /** Silence until the client leaves: from the start, after the headers or after half of the body. */
  | { readonly kind: 'hang'; readonly after: 'request' | 'headers' | 'half-body' }
  /** 206 with the first half of the document for a request without Range. */
  | { readonly kind: 'unasked-partial' }
  /** 304 for a request without a condition. */
  | { readonly kind: 'unasked-not-modified' }
  /** Content-Encoding: gzip for a client that does not accept it. */
  | { readonly kind: 'unasked-gzip' }
  /** This many bytes of header fields before the document. */
  | { readonly kind: 'header-bomb'; readonly bytes: number }
  /** 200 with the correct type and Content-Length: 0. */
  | { readonly kind: 'empty' }
  /** This many interim responses (RFC 9110, section 15.2), then the answer. */
  | { readonly kind: 'interim'; readonly status: 100 | 102 | 103; readonly count: number }
  /** An HTML error page as 200 application/pdf. */
  | { readonly kind: 'html' };

export type Fault = Latency | DamagedDocument | WireFault;

export interface FaultRule {
  /**
   * The share of requests with this fault, 0 to 1. Latencies are drawn independently and add up. Other faults exclude
   * one another, so their ratios sum up to at most 1.
   */
  readonly ratio: number;
  readonly fault: Fault;
}

/** The delay and fault of one request. */
export interface Draw {
  readonly delayMs: number;
  readonly fault: DamagedDocument | WireFault | undefined;
  /** The random position in the body, 0 to 1, of a fault without `at`. */
  readonly point: number;
}

/** Takes the same count of numbers from `random` for every result, so that a run can be repeated. */
export function drawFaults(rules: readonly FaultRule[], random: Random): Draw {
  const share = random();
  const point = random();
  let delayMs = 0;
  let passed = 0;
  let drawn: Draw['fault'];
  for (const { ratio, fault } of rules) {
    if (fault.kind === 'latency') {
      if (random() < ratio) delayMs += fault.ms;
    } else {
      passed += ratio;
      if (drawn === undefined && share < passed) drawn = fault;
    }
  }
  return { delayMs, fault: drawn, point };
}
