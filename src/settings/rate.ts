import * as z from 'zod';

/** A rate: requests per window of seconds, such as `100/1s`. */
export interface Rate {
  readonly requests: number;
  readonly seconds: number;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };
const MAX_REQUESTS = 1_000_000_000;
const MAX_SECONDS = 86_400;

/** Parses a rate: requests, a slash and the length of the window. */
export const rate = z.string().transform((text, context): Rate => {
  const [, requests = '', count = '', unit = ''] = /^\s*(\d{1,10})\/(\d{1,5})([smh])\s*$/.exec(text) ?? [];
  const parsed = { requests: Number(requests), seconds: Number(count) * (SECONDS[unit] ?? NaN) };
  const inBounds =
    parsed.requests >= 1 &&
    parsed.requests <= MAX_REQUESTS &&
    parsed.seconds >= 1 &&
    parsed.seconds <= MAX_SECONDS;
  if (inBounds) return parsed;
  const message = 'must be like 100/1s: requests, a slash, and a time of at most a day in s, m or h';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});
