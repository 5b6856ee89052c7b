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

  /** @param retryAfterMs milliseconds after which a retry may succeed */
  constructor(
    readonly reason: ShedReason,
    readonly retryAfterMs = 1_000,
    options?: ErrorOptions,
  ) {
    super(`refused: ${reason}`, options);
  }
}
