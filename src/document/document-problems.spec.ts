import { describe, expect, it } from '@jest/globals';
import { DeadlineExceeded } from '../resilience/deadline.ts';
import { Overloaded } from '../resilience/overloaded.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import { damagedProblem, failureProblem, protectionProblem } from './document-problems.ts';

describe('what the consumer is told', () => {
  const failure = new UpstreamFailure('reset', 'read ECONNRESET 10.0.0.1');
  const missing = new UpstreamFailure('not-found', 'the upstream answered 404');
  const late = new DeadlineExceeded('not done within 10 ms');
  const busy = new Overloaded('queue-full');
  const open = new Overloaded('breaker-open');

  it.each([
    [damagedProblem(5, 'pdf', 'truncated'), 'None of 5 attempts brought an undamaged document.'],
    [failureProblem(missing), 'There is no document with this id.'],
    [failureProblem(failure), 'The document store did not answer with a document.'],
    [protectionProblem(late), 'No document could be fetched in the time there is.'],
    [protectionProblem(open), 'The document store is not answering. Try again later.'],
    [protectionProblem(busy), 'There are more requests than can be served. Try again later.'],
  ])('should be a sentence, without anything of the inside: %s', (problem, detail) => {
    expect(problem?.message).toBe(detail);
  });

  it('should leave what happened to the log', () => {
    expect(failureProblem(missing).cause).toBe(missing);
    expect(failureProblem(failure)).toMatchObject({ cause: failure, headers: {} });
    expect(protectionProblem(late)?.cause).toBe(late);
    expect(protectionProblem(busy)?.cause).toBe(busy);
    expect(String(damagedProblem(5, 'pdf', 'truncated').cause)).toBe(
      'Error: the last of 5 documents was damaged (pdf: truncated)',
    );
  });

  it('should be nothing for a defect', () => {
    expect(protectionProblem(new TypeError('a defect'))).toBeUndefined();
  });
});
