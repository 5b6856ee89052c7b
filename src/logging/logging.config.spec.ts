import { expect, it } from '@jest/globals';
import { mistakesOf } from '../settings/mistakes.fixture.ts';
import { loggingConfig } from './logging.config.ts';

it('should log what matters, for programs, by default', () => {
  expect(loggingConfig()).toEqual({ level: 'info', format: 'json' });
});

it('should name the levels and the formats that there are', () => {
  expect(mistakesOf(() => loggingConfig({ LOG_LEVEL: 'loud', LOG_FORMAT: 'xml' }))).toEqual([
    'LOG_LEVEL must be trace, debug, info, warn, error, fatal or silent',
    'LOG_FORMAT must be json or pretty',
  ]);
});
