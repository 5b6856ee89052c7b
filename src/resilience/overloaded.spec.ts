import { describe, expect, it } from '@jest/globals';
import { Overloaded } from './overloaded.ts';

describe('Overloaded', () => {
  it('should say why, which is what the log line has for a cause', () => {
    expect(String(new Overloaded('queue-full'))).toBe('Overloaded: refused: queue-full');
  });

  it('should let a second pass until another try, unless more is known', () => {
    expect(new Overloaded('memory').retryAfterMs).toBe(1_000);
    expect(new Overloaded('breaker-open', 2_500).retryAfterMs).toBe(2_500);
  });
});
