/** Why a request was turned away: before its first attempt, or when a later one was not allowed or found no memory. */
export const shedReasons = ['event-loop', 'queue-full', 'queue-timeout', 'memory', 'breaker-open'] as const;
export type ShedReason = (typeof shedReasons)[number];

/** The service protects itself or the upstream: ask again later. Each protection refuses by throwing it. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
  readonly reason: ShedReason;
  /** Milliseconds after which another try may succeed. */
  readonly retryAfterMs: number;

  constructor(reason: ShedReason, retryAfterMs = 1_000, options?: ErrorOptions) {
    super(`refused: ${reason}`, options);
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}
