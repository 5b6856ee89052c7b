import { describe, expect, it } from '@jest/globals';
import { Cancelled, DeadlineExceeded } from '../resilience/deadline.ts';
import { Overloaded } from '../resilience/overloaded.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import { DocumentDamaged, problemOf } from './document-problems.ts';
import type { DocumentRequest } from './document-source.ts';

describe('DocumentDamaged', () => {
  it('should have no stack, and leave that of other errors as it is', () => {
    const before = Error.stackTraceLimit;
    const { stack } = new DocumentDamaged({ record: {} } as DocumentRequest, 'pdf', 'truncated');
    expect(stack).not.toContain('\n');
    expect(Error.stackTraceLimit).toBe(before);
    expect(new Error('another').stack).toContain('\n');
  });
});

describe('what the consumer is told', () => {
  const request = { record: { attempts: 5 } } as DocumentRequest;
  const damaged = new DocumentDamaged(request, 'pdf', 'truncated');
  const failure = new UpstreamFailure('reset', 'read ECONNRESET 10.0.0.1');
  const missing = new UpstreamFailure('not-found', 'the upstream answered 404');
  const late = new DeadlineExceeded('not done within 10 ms');
  const busy = new Overloaded('queue-full');
  const open = new Overloaded('breaker-open');

  it.each([
    [damaged, 'None of 5 attempts returned an undamaged document.'],
    [missing, 'There is no document with this id.'],
    [failure, 'The upstream did not answer with a document.'],
    [late, 'No undamaged document arrived before the deadline.'],
    [open, 'The upstream does not answer. Try again later.'],
    [busy, 'The service has too many requests. Try again later.'],
  ])('should be a sentence without internal details: %s', (failed, detail) => {
    expect(problemOf(failed)?.message).toBe(detail);
  });

  it('should keep the cause for the log', () => {
    for (const each of [damaged, missing, failure, late, busy, open])
      expect(problemOf(each)?.cause).toBe(each);
    expect(damaged.message).toBe('the last of 5 documents was damaged (pdf: truncated)');
  });

  it('should be undefined for a defect and for a disconnected client', () => {
    expect(problemOf(new TypeError('a defect'))).toBeUndefined();
    expect(problemOf(new Cancelled('the client left'))).toBeUndefined();
  });
});
