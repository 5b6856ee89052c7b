import type { Fault, FaultRule } from './faults.ts';

/** Returns what the value must be if it is wrong, otherwise undefined. */
type Check = (value: unknown) => string | undefined;
type Kind = Fault['kind'];
type Fields<K extends Kind> = Record<Exclude<keyof Extract<Fault, { kind: K }>, 'kind'>, Check>;

const HOUR_MS = 3_600_000;

/** The fields of each kind of fault. The type requires every kind and field of `Fault`. */
const fieldsOf: { readonly [K in Kind]: Fields<K> } = {
  latency: { ms: number(0, HOUR_MS) },
  damaged: {},
  status: { status: integer(200, 599), retryAfter: optional(headerValue) },
  'reset-before-headers': {},
  'reset-in-body': { at: optional(number(0, 1)) },
  truncate: { at: optional(number(0, 1)) },
  'wrong-type': { contentType: optional(headerValue) },
  'wrong-length': { length: oneOf('too-small', 'too-large', 'repeated', 'malformed') },
  chunked: {},
  drip: { bytesPerSecond: integer(1, 1_000_000_000) },
  endless: { framing: oneOf('chunked', 'content-length') },
  redirect: { status: oneOf(301, 302, 303, 307, 308), location: optional(headerValue) },
  hang: { after: oneOf('request', 'headers', 'half-body') },
  'unasked-partial': {},
  'unasked-not-modified': {},
  'unasked-gzip': {},
  'header-bomb': { bytes: integer(1, 100_000_000) },
  empty: {},
  interim: { status: oneOf(100, 102, 103), count: integer(1, 100_000) },
  html: {},
};

/** Parses JSON and checks it like parseFaults. */
export function parseFaultsJson(json: string): readonly FaultRule[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new TypeError(`faults must be JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return parseFaults(value);
}

/**
 * Checks rules from any source. Throws a TypeError with the path and the expected value, for unknown fields too:
 * `faults[0].ratio must be a number from 0 to 1, got 2`.
 */
export function parseFaults(value: unknown): readonly FaultRule[] {
  if (!Array.isArray(value)) throw wrong('faults', 'an array of { ratio, fault }', value);
  const rules = value.map((rule: unknown, index) => parseRule(rule, `faults[${index}]`));
  const sum = rules.reduce((total, { ratio, fault }) => total + (fault.kind === 'latency' ? 0 : ratio), 0);
  if (sum > 1 + 1e-9) {
    throw new TypeError(`faults: the ratios of all but latencies must sum up to 1 at most, got ${sum}`);
  }
  return rules;
}

function parseRule(value: unknown, path: string): FaultRule {
  checkFields(value, { ratio: number(0, 1), fault: () => undefined }, path);
  const { ratio, fault } = value as { ratio: number; fault: unknown };
  const kind = isObject(fault) ? fault['kind'] : undefined;
  if (!isKind(kind)) throw wrong(`${path}.fault.kind`, `one of ${Object.keys(fieldsOf).join(', ')}`, kind);
  checkFields(fault, { kind: () => undefined, ...fieldsOf[kind] }, `${path}.fault`);
  return { ratio, fault: fault as Fault };
}

function checkFields(value: unknown, fields: Readonly<Record<string, Check>>, path: string): void {
  if (!isObject(value)) throw wrong(path, 'an object', value);
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) {
    throw new TypeError(`${path}.${unknown} is unknown: the fields are ${Object.keys(fields).join(', ')}`);
  }
  for (const [name, check] of Object.entries(fields)) {
    const expected = check(value[name]);
    if (expected !== undefined) throw wrong(`${path}.${name}`, expected, value[name]);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isKind(value: unknown): value is Kind {
  return typeof value === 'string' && Object.hasOwn(fieldsOf, value);
}

function wrong(path: string, expected: string, value: unknown): TypeError {
  return new TypeError(
    `${path} must be ${expected}, got ${value === undefined ? 'nothing' : JSON.stringify(value)}`,
  );
}

function optional(check: Check): Check {
  return (value) => (value === undefined ? undefined : check(value));
}

function number(min: number, max: number): Check {
  return (value) =>
    typeof value === 'number' && value >= min && value <= max ? undefined : `a number from ${min} to ${max}`;
}

function integer(min: number, max: number): Check {
  return (value) =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max
      ? undefined
      : `an integer from ${min} to ${max}`;
}

function oneOf(...allowed: readonly (string | number)[]): Check {
  return (value) => (allowed.some((item) => item === value) ? undefined : `one of ${allowed.join(', ')}`);
}

/** Allows printable ASCII, which cannot start another header field. */
function headerValue(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x20-\x7e]*$/.test(value)
    ? undefined
    : 'a string of printable ASCII';
}
