import { oneOf } from '../settings/kinds.ts';
import { namespace } from '../settings/namespace.ts';

/** The level of the log. */
export const loggingConfig = namespace('logging', {
  /** The lowest level that is written. */
  level: ['LOG_LEVEL', oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent').default('info')],
});
