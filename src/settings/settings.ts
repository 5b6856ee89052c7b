import { isIP } from 'node:net';
import { totalmem } from 'node:os';
import { z } from 'zod';
import { isDocumentId } from './document-id.ts';
import { rate } from './rate.ts';

const MIB = 1024 * 1024;

/** An unset variable and an empty one mean the same: many deployment tools cannot leave one out. */
function optional<Schema extends z.ZodType>(schema: Schema): z.ZodPreprocess<Schema> {
  return z.preprocess(
    (value) => (typeof value === 'string' && value.trim() === '' ? undefined : value),
    schema,
  );
}

const wholeNumber = (min: number, max: number): z.ZodType<number> =>
  z
    .string()
    .transform((text) => (/^\s*\d{1,16}\s*$/.test(text) ? Number(text) : NaN))
    .refine((value) => value >= min && value <= max, {
      error: `must be a whole number from ${min} to ${max}`,
    });

const integer = (
  fallback: number,
  min: number,
  max: number,
): z.ZodPreprocess<z.ZodDefault<z.ZodType<number>>> => optional(wholeNumber(min, max).default(fallback));

const ratio = (fallback: number): z.ZodPreprocess<z.ZodDefault<z.ZodType<number>>> =>
  optional(
    z
      .string()
      .transform(Number)
      .refine((value) => value > 0 && value < 1, { error: 'must be a number between 0 and 1' })
      .default(fallback),
  );

const flag = (fallback: 'true' | 'false' = 'false') =>
  optional(
    z
      .enum(['true', 'false'], { error: 'must be true or false' })
      .default(fallback)
      .transform((value) => value === 'true'),
  );

const milliseconds = (fallback: number, min = 1): ReturnType<typeof integer> =>
  integer(fallback, min, 3_600_000);

const apiKeys = optional(
  z
    .string()
    .transform((value) => value.split(',').map((key) => key.trim()))
    .refine((keys) => keys.every((key) => key !== ''), {
      error: 'has an empty API key between commas',
      abort: true,
    })
    .refine((keys) => keys.every((key) => /^[\x21-\x7e]+$/.test(key)), {
      error: 'must be printable ASCII without spaces',
    })
    .optional(),
);

/** RFC 9111 section 5.2: directives, each with a value or without. */
const CACHE_DIRECTIVES = /^[\w-]+(?:=(?:[\w-]+|"[^",]*"))?(?:\s*,\s*[\w-]+(?:=(?:[\w-]+|"[^",]*"))?)*$/;

const cacheControl = optional(
  z
    .string()
    .trim()
    .default('private, no-cache')
    .refine((value) => CACHE_DIRECTIVES.test(value), {
      error: 'must be a list of directives, such as private, max-age=60',
      abort: true,
    })
    // A shared cache would hand the documents to callers without a key: X-API-KEY is no Authorization to it.
    .refine((value) => /(?:^|[\s,])(?:private|no-store)(?:[\s,]|$)/i.test(value), {
      error: 'must contain private or no-store',
    }),
);

const corsOrigins = optional(
  z
    .string()
    .default('')
    .transform((value) => (value === '' ? [] : value.split(',').map((origin) => origin.trim())))
    .refine((origins) => !origins.includes('*') || origins.length === 1, {
      error: 'must be * alone, or origins without it',
      abort: true,
    })
    .refine((origins) => origins.every((origin) => origin === '*' || isOrigin(origin)), {
      error: 'must be origins as browsers send them, such as https://app.example, separated by commas',
    })
    .transform((origins): readonly string[] => origins),
);

function isOrigin(text: string): boolean {
  return /^https?:\/\/[^*]+$/.test(text) && URL.parse(text)?.origin === text;
}

const upstreamUrl = optional(
  z
    .string()
    .default('http://localhost:3000/{id}')
    .superRefine((value, context) => {
      const problem = upstreamUrlProblem(value);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    }),
);

function upstreamUrlProblem(template: string): string | undefined {
  if (template.split('{id}').length !== 2) return 'must hold {id} exactly once';
  const url = URL.parse(template.replace('{id}', '__id__'));
  if (url === null) return 'must be an absolute URL';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must begin with http:// or https://';
  if (url.username !== '' || url.password !== '') return 'must not hold credentials';
  if (url.hash !== '') return 'must not hold a fragment';
  if (!(url.pathname + url.search).includes('__id__')) return 'must hold {id} in its path or query';
  return undefined;
}

const redisUrl = optional(
  z
    .string()
    .refine(isRedisUrl, {
      error: 'must be like rediss://user:password@host:6379/0, without a query',
    })
    .optional(),
);

function isRedisUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    (url?.protocol === 'redis:' || url?.protocol === 'rediss:') &&
    url.hostname !== '' &&
    url.search + url.hash === '' &&
    /^(\/\d{0,5})?$/.test(url.pathname)
  );
}

/** Whose word on the address of a client is believed: so many proxies in front, or those with these addresses. */
const trustedProxies = optional(
  z
    .string()
    .transform((text, context): number | string[] => {
      if (/^\s*[1-9]\s*$/.test(text)) return Number(text);
      const networks = text.split(',').map((each) => each.trim());
      if (networks.every(isNetwork)) return networks;
      const message = 'must be a number of proxies from 1 to 9, or addresses and networks such as 10.0.0.0/8';
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .optional(),
);

function isNetwork(text: string): boolean {
  const [, address = '', prefix = '0'] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return Number(prefix) <= bits;
}

const idPattern = optional(
  z
    .string()
    .default('[0-9]{1,20}')
    .transform((source, context) => {
      try {
        return new RegExp(`^(?:${source})$`);
      } catch {
        context.addIssue({ code: 'custom', message: 'must be a regular expression' });
        return z.NEVER;
      }
    }),
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
  return Math.min(Math.floor(usable / 4), 1024 * MIB);
}

/** Every environment variable that the service reads; `.env.example` describes each. */
export const environment = z
  .object({
    API_KEY: apiKeys,
    API_KEYS_FILE: optional(z.string().optional()),
    AUTH_FAILURES_PER_MINUTE: integer(60, 0, 1_000_000),
    TRUST_PROXY: trustedProxies,
    RATE_LIMIT: optional(rate.optional()),
    REDIS_URL: redisUrl,

    HOST: optional(z.string().default('0.0.0.0')),
    PORT: optional(wholeNumber(0, 65_535).optional()),
    FLASK_PORT: optional(wholeNumber(0, 65_535).optional()),
    PUBLIC_URL: optional(
      z
        .string()
        .refine((text) => /^https?:\/\/[^/?#\s]+$/.test(text) && URL.canParse(text), {
          error: 'must be like http://localhost:5000, without a path',
        })
        .optional(),
    ),

    UPSTREAM_URL: upstreamUrl,
    DOCUMENT_ID_PATTERN: idPattern,
    VERIFY_LEVEL: optional(
      z.enum(['structure', 'deep', 'full'], { error: 'must be structure, deep or full' }).default('deep'),
    ),
    REMEMBERED_DOCUMENTS: integer(10_000, 0, 1_000_000),
    MAX_DOCUMENT_BYTES: integer(32 * MIB, 1024, 1024 * MIB),
    MAX_BUFFERED_BYTES: optional(wholeNumber(1024, Number.MAX_SAFE_INTEGER).optional()),

    DEADLINE_MS: milliseconds(10_000, 10),
    MAX_ATTEMPTS: integer(5, 1, 20),
    UPSTREAM_CONNECT_TIMEOUT_MS: milliseconds(1_000),
    UPSTREAM_HEADERS_TIMEOUT_MS: milliseconds(3_000),
    UPSTREAM_BODY_TIMEOUT_MS: milliseconds(3_000),
    UPSTREAM_MIN_BYTES_PER_SECOND: integer(16_384, 0, 1024 * MIB),
    UPSTREAM_MAX_IN_FLIGHT: integer(64, 1, 65_535),
    UPSTREAM_QUEUE_LENGTH: integer(64, 0, 65_535),
    UPSTREAM_QUEUE_TIMEOUT_MS: milliseconds(1_000),
    UPSTREAM_KEEP_ALIVE: flag('true'),
    UPSTREAM_MAX_RETRY_AFTER_MS: milliseconds(60_000),

    RETRY_BASE_DELAY_MS: milliseconds(50),
    RETRY_MAX_DELAY_MS: milliseconds(1_000),
    RETRY_BUDGET_RATIO: ratio(0.2),
    RETRY_BUDGET_FLOOR: integer(10, 0, 10_000),
    BREAKER_FAILURE_RATIO: ratio(0.5),
    BREAKER_MIN_SAMPLES: integer(20, 1, 100_000),
    BREAKER_WINDOW_MS: milliseconds(5_000, 100),
    BREAKER_OPEN_MS: milliseconds(1_000),
    MAX_EVENT_LOOP_DELAY_MS: milliseconds(200),
    HEDGE: flag(),
    COALESCE: flag(),
    STALE_IF_ERROR_SECONDS: integer(0, 0, 31_536_000),
    STALE_MAX_BYTES: integer(64 * MIB, 1024, Number.MAX_SAFE_INTEGER),

    CACHE_CONTROL: cacheControl,
    CORS_ORIGINS: corsOrigins,
    SERVER_TIMING: flag(),

    READINESS_UPSTREAM: optional(
      z
        .enum(['startup', 'always', 'never'], { error: 'must be startup, always or never' })
        .default('startup'),
    ),
    READINESS_DOCUMENT: optional(z.string().trim().optional()),
    DRAIN_DELAY_MS: milliseconds(5_000, 0),
    SHUTDOWN_TIMEOUT_MS: milliseconds(15_000),
    REQUEST_TIMEOUT_MS: milliseconds(10_000),
    KEEP_ALIVE_TIMEOUT_MS: milliseconds(75_000),
    CLIENT_MIN_BYTES_PER_SECOND: integer(16_384, 1, 1024 * MIB),
    MAX_CONNECTIONS: integer(2_048, 1, 1_000_000),
    MAX_HEADER_BYTES: integer(16_384, 1_024, 1_048_576),
    MAX_URL_BYTES: integer(2_048, 64, 65_536),

    LOG_LEVEL: optional(
      z
        .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
          error: 'must be trace, debug, info, warn, error, fatal or silent',
        })
        .default('info'),
    ),
    LOG_FORMAT: optional(z.enum(['json', 'pretty'], { error: 'must be json or pretty' }).default('json')),
  })
  .refine((values) => values.API_KEY !== undefined || values.API_KEYS_FILE !== undefined, {
    path: ['API_KEY'],
    error: 'is required unless API_KEYS_FILE is set: one key, or several separated by commas',
    when: ({ value, issues }) => value !== null && !issues.some(({ path }) => path?.[0] === 'API_KEY'),
  })
  .refine((values) => (values.MAX_BUFFERED_BYTES ?? Infinity) >= 2 * values.MAX_DOCUMENT_BYTES, {
    path: ['MAX_BUFFERED_BYTES'],
    // A document of unknown length moves into a larger buffer now and then, and is in both meanwhile.
    error: 'must be at least twice MAX_DOCUMENT_BYTES',
    // Without it, zod skips the rule while any other setting is wrong, and the mistakes come out one by one.
    when: ({ value, issues }) =>
      value !== null && !issues.some(({ path }) => String(path?.[0]).endsWith('_BYTES')),
  })
  .refine(
    ({ READINESS_DOCUMENT: id, ...values }) =>
      id === undefined || isDocumentId(id, values.DOCUMENT_ID_PATTERN),
    {
      path: ['READINESS_DOCUMENT'],
      error: 'must be a document id that DOCUMENT_ID_PATTERN matches',
      when: ({ value, issues }) =>
        value !== null && !issues.some(({ path }) => path?.[0] === 'DOCUMENT_ID_PATTERN'),
    },
  )
  .transform(({ API_KEY, FLASK_PORT, PORT, MAX_BUFFERED_BYTES, ...values }) => ({
    ...values,
    API_KEY: API_KEY ?? [],
    PORT: PORT ?? FLASK_PORT ?? 5000,
    MAX_BUFFERED_BYTES:
      MAX_BUFFERED_BYTES ??
      Math.max(defaultBufferedBytes(process.constrainedMemory(), totalmem()), 2 * values.MAX_DOCUMENT_BYTES),
  }));

/** The settings of one run; the names are those of the environment variables. Bytes, milliseconds, ratios. */
export type Settings = Readonly<z.output<typeof environment>>;

/** Wrong settings: one line per variable, by name, without any value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(`invalid configuration:\n${lines.join('\n')}`);
    this.lines = lines;
  }
}

/**
 * Parses the environment into the settings of the run.
 *
 * @throws SettingsError naming every wrong setting at once
 */
export function parseSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new SettingsError([...new Set(lines)]);
  }
  return Object.freeze(parsed.data);
}
