import { describe, expect, it } from '@jest/globals';
import type { LoadResult } from './load.ts';
import { assertWorks } from './stage.ts';

const result = (requests: number, failures: number, shed = 0): LoadResult => ({
  requests,
  failures,
  shed,
  seconds: 1,
  bytes: 0,
  firstFailure: 'status 502',
  p50: 1,
  p99: 1,
});

describe('a proxy under load', () => {
  it.each([
    ['two failures in a short window', result(800, 2)],
    ['one failure in a thousand in a long one', result(20_000, 20)],
    ['requests that were refused because there were too many', result(800, 0, 799)],
  ])('should be accepted with %s', (_what, load) => {
    expect(() => assertWorks('gateway', load)).not.toThrow();
  });

  it.each([
    ['three failures in a short window', result(800, 3)],
    ['more than one failure in a thousand in a long one', result(20_000, 21)],
    ['no request that was not refused', result(800, 0, 800)],
  ])('should end the benchmark with %s', (_what, load) => {
    expect(() => assertWorks('gateway', load)).toThrow(
      `gateway failed ${load.failures} of ${load.requests} requests, ${load.shed} shed: status 502`,
    );
  });
});
