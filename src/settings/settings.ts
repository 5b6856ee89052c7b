import { isIP } from 'node:net';
import { z } from 'zod';
import { rate } from './rate.ts';
import { SettingsError } from './settings-error.ts';

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

    CORS_ORIGINS: corsOrigins,
    SERVER_TIMING: flag(),

    READINESS_UPSTREAM: optional(
      z
        .enum(['startup', 'always', 'never'], { error: 'must be startup, always or never' })
        .default('startup'),
    ),
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
  .transform(({ API_KEY, FLASK_PORT, PORT, ...values }) => ({
    ...values,
    API_KEY: API_KEY ?? [],
    PORT: PORT ?? FLASK_PORT ?? 5000,
  }));

/** The settings of one run; the names are those of the environment variables. Bytes, milliseconds, ratios. */
export type Settings = Readonly<z.output<typeof environment>>;

/**
 * Parses the environment into the settings of the run.
 *
 * @throws SettingsError naming every wrong setting at once
 */
export function parseSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new SettingsError(lines);
  }
  return Object.freeze(parsed.data);
}
