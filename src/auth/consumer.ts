import type { Rate } from '../settings/rate.ts';

/** Who holds a key. */
export interface Consumer {
  /** What logs and metrics call it. */
  readonly name: string;
  /** The end of its keys, in milliseconds since 1970; undefined for none. */
  readonly expiresAt?: number;
  /** Its own rate, in place of RATE_LIMIT. */
  readonly rate?: Rate;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for requests that carried a valid key. */
    consumer?: Consumer;
  }
}

export function isExpired({ expiresAt }: Consumer, now = Date.now()): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}
