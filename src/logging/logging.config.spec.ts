import { expect, it } from '@jest/globals';
import { mistakesOf } from '../settings/mistakes.fixture.ts';
import { loggingConfig } from './logging.config.ts';

it('should log what matters by default', () => {
  expect(loggingConfig()).toEqual({ level: 'info' });
});

it('should name the levels that there are', () => {
  expect(mistakesOf(() => loggingConfig({ LOG_LEVEL: 'loud' }))).toEqual([
    'LOG_LEVEL must be trace, debug, info, warn, error, fatal or silent',
  ]);
});
