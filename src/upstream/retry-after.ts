/**
 * Reads a Retry-After header, RFC 9110 section 10.2.3: seconds, or a date.
 *
 * @returns milliseconds from now, or undefined when there is nothing that can be read
 */
export function retryAfterMs(value: string | undefined, now = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = /^[A-Z][a-z]{2}, .* GMT$/.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
