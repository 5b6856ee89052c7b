import * as z from 'zod';
import { wholeNumber } from '../settings/kinds.ts';
import { namespace, unlessWrong } from '../settings/namespace.ts';

const apiKeys = z
  .string()
  .transform((value) => value.split(',').map((key) => key.trim()))
  .refine((keys) => keys.every((key) => key !== ''), {
    error: 'has an empty API key between commas',
    abort: true,
  })
  .refine((keys) => keys.every((key) => /^[\x21-\x7e]+$/.test(key)), {
    error: 'must be printable ASCII without spaces',
  });

/** The API keys, and the limit for wrong ones. */
export const authConfig = namespace(
  'auth',
  {
    /** API keys of consumers without a name. */
    keys: ['API_KEY', apiKeys.optional()],
    /** The path of the file of consumers and their API keys. */
    keysFile: ['API_KEYS_FILE', z.string().optional()],
    /** Wrong API keys allowed per address and minute; 0 for no limit. */
    failuresPerMinute: ['AUTH_FAILURES_PER_MINUTE', wholeNumber(0, 1_000_000).default(60)],
  },
  (schema) =>
    schema
      .refine(({ keys, keysFile }) => keys !== undefined || keysFile !== undefined, {
        path: ['keys'],
        error: 'is required unless API_KEYS_FILE is set: one key, or several separated by commas',
        when: unlessWrong('keys'),
      })
      .transform(({ keys = [], ...values }) => ({ ...values, keys })),
);
