import { isIP } from 'node:net';
import * as z from 'zod';
import { milliseconds, MIB, wholeNumber } from '../settings/kinds.ts';
import { namespace } from '../settings/namespace.ts';

const port = wholeNumber(0, 65_535);

const trustedProxies = z.string().transform((text, context): number | readonly string[] => {
  if (/^\s*[1-9]\s*$/.test(text)) return Number(text);
  const networks = text.split(',').map((each) => each.trim());
  if (networks.every(isNetwork)) return networks;
  const message = 'must be a number of proxies from 1 to 9, or addresses and networks such as 10.0.0.0/8';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const origins = z
  .string()
  .transform((value): readonly string[] => value.split(',').map((origin) => origin.trim()))
  .refine((each) => !each.includes('*') || each.length === 1, {
    error: 'must be * alone, or origins without it',
    abort: true,
  })
  .refine((each) => each.every((origin) => origin === '*' || isOrigin(origin)), {
    error: 'must be origins as browsers send them, such as https://app.example, separated by commas',
  });

/** Listening, trusted proxies, timeouts and limits of clients, and the shutdown. */
export const httpConfig = namespace(
  'http',
  {
    host: ['HOST', z.string().default('0.0.0.0')],
    port: ['PORT', port.optional()],
    flaskPort: ['FLASK_PORT', port.optional()],
    /** The proxies whose X-Forwarded-For is trusted: their number, or their addresses and networks. */
    trustedProxies: ['TRUST_PROXY', trustedProxies.optional()],
    /** Origins whose pages may send requests, or `*` for all. */
    corsOrigins: ['CORS_ORIGINS', origins.default([])],
    /** The time limit for receiving a whole request, in milliseconds. */
    requestTimeoutMs: ['REQUEST_TIMEOUT_MS', milliseconds().default(10_000)],
    /** The maximum idle time between two requests on a connection, in milliseconds. */
    keepAliveTimeoutMs: ['KEEP_ALIVE_TIMEOUT_MS', milliseconds().default(75_000)],
    /** The minimum rate at which a client must receive a document, in bytes per second. */
    clientMinBytesPerSecond: ['CLIENT_MIN_BYTES_PER_SECOND', wholeNumber(1, 1024 * MIB).default(16_384)],
    maxConnections: ['MAX_CONNECTIONS', wholeNumber(1, 1_000_000).default(2_048)],
    /** How long the unready replica still serves after SIGTERM, SIGINT or SIGHUP, in milliseconds. */
    drainDelayMs: ['DRAIN_DELAY_MS', milliseconds(0).default(5_000)],
    /** The time limit for requests in flight after that, in milliseconds. */
    shutdownTimeoutMs: ['SHUTDOWN_TIMEOUT_MS', milliseconds().default(15_000)],
  },
  (schema) =>
    schema.transform(({ flaskPort, ...values }) => ({ ...values, port: values.port ?? flaskPort ?? 5_000 })),
);

function isNetwork(text: string): boolean {
  const [, address = '', prefix = '0'] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return Number(prefix) <= bits;
}

function isOrigin(text: string): boolean {
  return /^https?:\/\/[^*]+$/.test(text) && URL.parse(text)?.origin === text;
}
