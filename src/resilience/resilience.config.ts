import { totalmem } from 'node:os';
import { milliseconds, MIB, ratio, wholeNumber } from '../settings/kinds.ts';
import { namespace, unlessWrong } from '../settings/namespace.ts';

const MAX_BUFFERED_BYTES = 1024 * MIB;

/** The limits for concurrency, queues and memory, and the settings of the breaker. */
export const resilienceConfig = namespace(
  'resilience',
  {
    /** The maximum size in bytes. A larger document counts as damaged. */
    maxDocumentBytes: ['MAX_DOCUMENT_BYTES', wholeNumber(1024, 1024 * MIB).default(32 * MIB)],
    /** The maximum total of documents in flight in bytes. The default depends on the memory of the process. */
    maxBufferedBytes: ['MAX_BUFFERED_BYTES', wholeNumber(1024, Number.MAX_SAFE_INTEGER).optional()],
    /** The maximum number of concurrent attempts. */
    maxInFlight: ['UPSTREAM_MAX_IN_FLIGHT', wholeNumber(1, 65_535).default(64)],
    /** The maximum number of attempts in the queue. */
    queueLength: ['UPSTREAM_QUEUE_LENGTH', wholeNumber(0, 65_535).default(64)],
    /** The maximum wait of an attempt in the queue, and for a probe of the breaker, in milliseconds. */
    queueTimeoutMs: ['UPSTREAM_QUEUE_TIMEOUT_MS', milliseconds().default(1_000)],
    /** The share of failed attempts above which the breaker opens. */
    breakerFailureRatio: ['BREAKER_FAILURE_RATIO', ratio.default(0.5)],
    /** The minimum number of attempts before the breaker can open. */
    breakerMinSamples: ['BREAKER_MIN_SAMPLES', wholeNumber(1, 100_000).default(20)],
    /** The maximum mean delay of the event loop in milliseconds. Above it, requests are rejected. */
    maxEventLoopDelayMs: ['MAX_EVENT_LOOP_DELAY_MS', milliseconds().default(200)],
  },
  (schema) =>
    schema
      .refine((values) => (values.maxBufferedBytes ?? Infinity) >= 2 * values.maxDocumentBytes, {
        path: ['maxBufferedBytes'],
        // A document of unknown length is copied into a larger buffer as it grows, and then uses both.
        error: 'must be at least twice MAX_DOCUMENT_BYTES',
        when: unlessWrong('maxBufferedBytes', 'maxDocumentBytes'),
      })
      .transform(({ maxBufferedBytes, ...values }) => ({
        ...values,
        maxBufferedBytes:
          maxBufferedBytes ??
          Math.max(
            defaultBufferedBytes(process.constrainedMemory(), totalmem()),
            2 * values.maxDocumentBytes,
          ),
      })),
);

/**
 * The default for documents in flight: a quarter of the usable memory. Upstream, verification and client may each
 * hold a document, and the runtime needs the rest.
 * @param constrained the bytes of `process.constrainedMemory()`: 0, or more than `machine`, without a limit
 */
export function defaultBufferedBytes(constrained: number, machine: number): number {
  const usable = constrained > 0 && constrained < machine ? constrained : machine;
  return Math.min(Math.floor(usable / 4), MAX_BUFFERED_BYTES);
}
