import { totalmem } from 'node:os';
import { milliseconds, MIB, ratio, wholeNumber } from '../settings/kinds.ts';
import { namespace, unlessWrong } from '../settings/namespace.ts';

const MAX_BUFFERED_BYTES = 1024 * MIB;

/** How much at once, for how long, and until when an upstream that fails is asked. */
export const resilienceConfig = namespace(
  'resilience',
  {
    /** Bytes: a document that is larger is damaged. */
    maxDocumentBytes: ['MAX_DOCUMENT_BYTES', wholeNumber(1024, 1024 * MIB).default(32 * MIB)],
    /** Bytes that documents in flight may hold together; by default by the memory of the process. */
    maxBufferedBytes: ['MAX_BUFFERED_BYTES', wholeNumber(1024, Number.MAX_SAFE_INTEGER).optional()],
    /** Attempts at the upstream at a time. */
    maxInFlight: ['UPSTREAM_MAX_IN_FLIGHT', wholeNumber(1, 65_535).default(64)],
    /** Attempts that may wait for a place. */
    queueLength: ['UPSTREAM_QUEUE_LENGTH', wholeNumber(0, 65_535).default(64)],
    /** Milliseconds that an attempt waits for a place, and for the end of the probe of the breaker. */
    queueTimeoutMs: ['UPSTREAM_QUEUE_TIMEOUT_MS', milliseconds().default(1_000)],
    /** The share of attempts that must fail for the breaker to open. */
    breakerFailureRatio: ['BREAKER_FAILURE_RATIO', ratio.default(0.5)],
    /** Attempts that the breaker must have seen before it opens. */
    breakerMinSamples: ['BREAKER_MIN_SAMPLES', wholeNumber(1, 100_000).default(20)],
    /** Milliseconds that the breaker stays open before a probe, varied at random by up to a quarter. */
    breakerOpenMs: ['BREAKER_OPEN_MS', milliseconds().default(1_000)],
    /** Milliseconds: requests are refused while the mean delay of the event loop is above this. */
    maxEventLoopDelayMs: ['MAX_EVENT_LOOP_DELAY_MS', milliseconds().default(200)],
  },
  (schema) =>
    schema
      .refine((values) => (values.maxBufferedBytes ?? Infinity) >= 2 * values.maxDocumentBytes, {
        path: ['maxBufferedBytes'],
        // A document of unknown length moves into a larger buffer now and then, and is in both meanwhile.
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
 * The memory for documents in flight: a quarter of what the process may use, since a document may be held
 * by the upstream's answer, by its verification and by the answer to the client one after the other, and
 * the runtime needs its share.
 *
 * @param constrained bytes the process may use as `process.constrainedMemory()` tells: 0, or more than the
 *   machine has, when there is no limit
 */
export function defaultBufferedBytes(constrained: number, machine: number): number {
  const usable = constrained > 0 && constrained < machine ? constrained : machine;
  return Math.min(Math.floor(usable / 4), MAX_BUFFERED_BYTES);
}
