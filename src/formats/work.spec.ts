import { describe, expect, it } from '@jest/globals';
import { OutOfWork, Work } from './work.ts';

describe('Work', () => {
  it('should throw OutOfWork beyond its units', () => {
    const work = new Work(10);
    work.spend(4);
    work.spend(6);
    expect(work.remaining).toBe(0);
    expect(() => work.spend(1)).toThrow(OutOfWork);
  });

  it('should have 0 units left after OutOfWork', () => {
    const work = new Work(10);
    expect(() => work.spend(11)).toThrow(OutOfWork);
    expect(work.remaining).toBe(0);
    expect(() => work.spend(1)).toThrow(OutOfWork);
  });
});
