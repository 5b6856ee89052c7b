import { expect, it } from '@jest/globals';
import { mistakesOf } from '../settings/mistakes.fixture.ts';
import { verificationConfig } from './verification.config.ts';

it('should check contents and remember verdicts by default', () => {
  expect(verificationConfig()).toEqual({ level: 'deep', remembered: 10_000 });
});

it('should know three levels', () => {
  for (const level of ['structure', 'deep', 'full'])
    expect(verificationConfig({ VERIFY_LEVEL: level }).level).toBe(level);
  expect(mistakesOf(() => verificationConfig({ VERIFY_LEVEL: 'shallow' }))).toEqual([
    'VERIFY_LEVEL must be structure, deep or full',
  ]);
});

it('should remember nothing at 0', () => {
  expect(verificationConfig({ REMEMBERED_DOCUMENTS: '0' }).remembered).toBe(0);
  expect(mistakesOf(() => verificationConfig({ REMEMBERED_DOCUMENTS: '1000001' }))).toEqual([
    'REMEMBERED_DOCUMENTS must be a whole number from 0 to 1000000',
  ]);
});
