import { describe, expect, it } from '@jest/globals';
import { mistakesOf } from '../settings/mistakes.fixture.ts';
import { documentConfig } from './document.config.ts';

it('should have the defaults of the delivery policy, without features that need one document per id', () => {
  expect(documentConfig()).toEqual({
    idPattern: /^(?:[0-9]{1,20})$/,
    deadlineMs: 10_000,
    maxAttempts: 5,
    hedge: false,
    coalesce: false,
    staleIfErrorSeconds: 0,
  });
});

it('should make one attempt at least, and twenty at most', () => {
  for (const attempts of ['1', '20'])
    expect(documentConfig({ MAX_ATTEMPTS: attempts }).maxAttempts).toBe(Number(attempts));
  for (const attempts of ['0', '21'])
    expect(mistakesOf(() => documentConfig({ MAX_ATTEMPTS: attempts }))).toEqual([
      'MAX_ATTEMPTS must be a whole number from 1 to 20',
    ]);
});

it('should have a deadline of 10 ms at least, and an hour at most', () => {
  for (const ms of ['10', '3600000']) expect(documentConfig({ DEADLINE_MS: ms }).deadlineMs).toBe(Number(ms));
  for (const ms of ['9', '3600001'])
    expect(mistakesOf(() => documentConfig({ DEADLINE_MS: ms }))).toEqual([
      'DEADLINE_MS must be a whole number from 10 to 3600000',
    ]);
});

describe('DOCUMENT_ID_PATTERN', () => {
  it('should be matched by the whole id, alternatives too', () => {
    const { idPattern } = documentConfig({ DOCUMENT_ID_PATTERN: '[a-z]+|[0-9]+' });
    expect(['abc', '123'].every((id) => idPattern.test(id))).toBe(true);
    expect(['abc1', '1abc', 'abc\n', ''].some((id) => idPattern.test(id))).toBe(false);
  });

  it('should be refused when it is not a regular expression', () => {
    expect(mistakesOf(() => documentConfig({ DOCUMENT_ID_PATTERN: '(' }))).toEqual([
      'DOCUMENT_ID_PATTERN must be a regular expression',
    ]);
  });
});

describe('READINESS_DOCUMENT', () => {
  const line = 'READINESS_DOCUMENT must be a document id that DOCUMENT_ID_PATTERN matches';
  const letters = { DOCUMENT_ID_PATTERN: '[a-z]+' };

  it('should be off unless it is set', () => {
    expect(documentConfig().readinessDocument).toBeUndefined();
  });

  it('should be an id by the pattern', () => {
    expect(documentConfig({ READINESS_DOCUMENT: '007' }).readinessDocument).toBe('007');
    expect(documentConfig({ READINESS_DOCUMENT: 'seven', ...letters }).readinessDocument).toBe('seven');
    expect(mistakesOf(() => documentConfig({ READINESS_DOCUMENT: 'seven' }))).toEqual([line]);
    expect(mistakesOf(() => documentConfig({ READINESS_DOCUMENT: '7', ...letters }))).toEqual([line]);
  });

  it('should not be a dot segment, for any pattern', () => {
    const dots = { READINESS_DOCUMENT: '..', DOCUMENT_ID_PATTERN: '.*' };
    expect(mistakesOf(() => documentConfig(dots))).toEqual([line]);
  });

  it('should be reported together with other mistakes, but not with a pattern that is wrong', () => {
    const wrong = { READINESS_DOCUMENT: 'seven', MAX_ATTEMPTS: 'x' };
    expect(mistakesOf(() => documentConfig(wrong))).toContain(line);
    expect(mistakesOf(() => documentConfig({ ...wrong, DOCUMENT_ID_PATTERN: '[0-9' }))).not.toContain(line);
  });
});
