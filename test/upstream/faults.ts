import type { Random } from './random.ts';

/** The answer comes late. Two rules make a tail: 20 ms for all, a second more for one in a hundred. */
export interface Latency {
  readonly kind: 'latency';
  readonly ms: number;
}

/** The answer is fine but for its document, which is the damaged one. */
export interface DamagedDocument {
  readonly kind: 'damaged';
}

/** What can go wrong on the wire once a request has come in. */
export type WireFault =
  /** This status and a line of text. `retryAfter` goes out as it is: seconds or an HTTP date. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** TCP reset instead of an answer. */
  | { readonly kind: 'reset-before-headers' }
  /** TCP reset inside the body, after this share of it (0 to 1); drawn for each request when absent. */
  | { readonly kind: 'reset-in-body'; readonly at?: number }
  /**
   * The right Content-Length, but the connection closes in good order after this share of the body; drawn
   * when absent.
   */
  | { readonly kind: 'truncate'; readonly at?: number }
  /** This Content-Type, none when it is empty; when absent, that of the other document. */
  | { readonly kind: 'wrong-type'; readonly contentType?: string }
  /** A whole body whose Content-Length is a lie. The connection stays open. */
  | { readonly kind: 'wrong-length'; readonly length: 'too-small' | 'too-large' | 'repeated' | 'malformed' }
  /** No Content-Length, the body in chunks. */
  | { readonly kind: 'chunked' }
  /** The body at this pace. */
  | { readonly kind: 'drip'; readonly bytesPerSecond: number }
  /** The document, then filler for ever: chunked, or under a Content-Length of a tebibyte. */
  | { readonly kind: 'endless'; readonly framing: 'chunked' | 'content-length' }
  /** To `location`, or to the same URL again: a loop. */
  | { readonly kind: 'redirect'; readonly status: 301 | 302 | 303 | 307 | 308; readonly location?: string }
  /** Silence until the client leaves: from the start, behind the headers or behind half of the body. */
  | { readonly kind: 'hang'; readonly after: 'request' | 'headers' | 'half-body' }
  /** 206 with the first half of the document, though nobody asked for a range. */
  | { readonly kind: 'unasked-partial' }
  /** 304, though the request had no condition. */
  | { readonly kind: 'unasked-not-modified' }
  /** Content-Encoding: gzip, though nobody accepts it. */
  | { readonly kind: 'unasked-gzip' }
  /** This many bytes of header fields before the document. */
  | { readonly kind: 'header-bomb'; readonly bytes: number }
  /** 200 with the right type and Content-Length: 0. */
  | { readonly kind: 'empty' }
  /** This many interim responses (RFC 9110, section 15.2), then the answer. */
  | { readonly kind: 'interim'; readonly status: 100 | 102 | 103; readonly count: number }
  /** An error page in HTML as 200 application/pdf. */
  | { readonly kind: 'html' };

export type Fault = Latency | DamagedDocument | WireFault;

export interface FaultRule {
  /**
   * The share of requests that this fault hits, 0 to 1. Latencies are drawn each on its own and add up. The
   * others exclude one another, so that their ratios sum up to 1 at most.
   */
  readonly ratio: number;
  readonly fault: Fault;
}

/** What one request is in for. */
export interface Draw {
  readonly delayMs: number;
  readonly fault: DamagedDocument | WireFault | undefined;
  /** Where in the body, 0 to 1, a fault strikes that leaves it to chance. */
  readonly point: number;
}

/** Takes the same count of numbers from `random` whatever comes out, so that a run can be repeated. */
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
