import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Problem, problems, type ProblemType, problemTypeUri } from './problem.ts';

const types = Object.keys(problems) as ProblemType[];

describe('Problem', () => {
  it('should be a document with the members of RFC 9457', () => {
    const problem = new Problem('document-damaged', 'None of 5 attempts worked.', {
      cause: new Error('10.0.0.1'),
    });
    expect(JSON.parse(problem.toBody('request-1'))).toEqual({
      type: 'urn:problem-type:document-gateway:document-damaged',
      title: 'No undamaged document could be fetched',
      status: 502,
      detail: 'None of 5 attempts worked.',
      instance: 'request-1',
    });
  });

  it('should keep its cause for the log', () => {
    const cause = new Error('connect ECONNREFUSED 10.0.0.1:3000');
    const problem = new Problem('upstream-failed', 'It failed.', { cause, headers: { 'retry-after': '3' } });
    expect(problem).toMatchObject({ cause, status: 502, headers: { 'retry-after': '3' } });
    expect(problem.toBody('request-1')).not.toContain('10.0.0.1');
  });

  it.each(types)('%s should have a name that is a URI, and be an error of HTTP', (type) => {
    expect(URL.canParse(problemTypeUri(type))).toBe(true);
    expect(problems[type].status).toBeGreaterThanOrEqual(400);
    expect(problems[type].status).toBeLessThan(600);
  });

  it('should be explained in docs/problems.md, each kind under its name and with its status', () => {
    const page = readFileSync(new URL('../../docs/problems.md', import.meta.url), 'utf8');
    const explained = [...page.matchAll(/^## (\S+)\n+(\d{3})\./gm)].map(([, name, status]) => [
      name,
      Number(status),
    ]);
    expect(explained.sort()).toEqual(types.map((type) => [type, problems[type].status] as const).sort());
  });
});
