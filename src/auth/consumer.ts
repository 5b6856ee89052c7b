import type { Rate } from '../settings/rate.ts';

/** The owner of one or more API keys. */
export interface Consumer {
  /** The name in logs and metrics. */
  readonly name: string;
  /** When its API keys expire, in milliseconds since 1970; undefined for never. */
  readonly expiresAt?: number;
  /** Its own rate limit, instead of RATE_LIMIT. */
  readonly rate?: Rate;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for a request with a valid API key. */
    consumer?: Consumer;
  }
}

export function isExpired({ expiresAt }: Consumer, now = Date.now()): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}
