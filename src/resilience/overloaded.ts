/** Why a request was rejected: before its first attempt, or when a protection rejected a later one. */
export const shedReasons = [
  'event-loop',
  'queue-full',
  'queue-timeout',
  'memory',
  'worker',
  'sockets',
  'breaker-open',
] as const;
export type ShedReason = (typeof shedReasons)[number];

/** Thrown by the protections to reject a request. The client may retry later. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
  readonly reason: ShedReason;
  /** Milliseconds after which a retry may succeed. */
  readonly retryAfterMs: number;

  constructor(reason: ShedReason, retryAfterMs = 1_000, options?: ErrorOptions) {
    super(`refused: ${reason}`, options);
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}
