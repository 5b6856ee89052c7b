import type { IncomingHttpHeaders } from 'node:http';

/** W3C Trace Context section 3.2: version except ff, trace id and parent id except all zeros, flags. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
/** Section 3.3: printable ASCII. At least 512 characters must be passed on. */
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

/** The trace context of the client if it is well-formed. Tracestate without traceparent is dropped. */
export function traceContext(headers: IncomingHttpHeaders): Record<string, string> {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return {};
  return typeof tracestate === 'string' && TRACESTATE.test(tracestate)
    ? { traceparent, tracestate }
    : { traceparent };
}
