/** The three forms of a date in RFC 9110 section 5.6.7; the last one, of asctime, is in UTC and does not say so. */
const DATE =
  /^(?:[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4}|[A-Z][a-z]+day, \d{2}-[A-Z][a-z]{2}-\d{2}) [\d:]{8} GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4}$/;

/**
 * Reads a Retry-After header, RFC 9110 section 10.2.3: seconds, or a date.
 *
 * @param mostMs the longest wait that is believed, in milliseconds: a longer one becomes this
 * @returns milliseconds from now, or undefined when there is nothing that can be read
 */
export function retryAfterMs(
  value: string | undefined,
  mostMs: number,
  now = Date.now(),
): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, mostMs);
  const at = DATE.test(value) ? Date.parse(value) : ASCTIME.test(value) ? Date.parse(`${value} GMT`) : NaN;
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - now), mostMs);
}
