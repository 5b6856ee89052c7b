import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { FailureWindow } from './breaker.ts';

function windowWith(successes: number, failures: number, windowMs = 60_000): FailureWindow {
  const window = new FailureWindow({ failureRatio: 0.5, minSamples: 4, windowMs });
  for (let i = 0; i < successes; i += 1) window.success();
  for (let i = 0; i < failures; i += 1) window.failure();
  return window;
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('FailureWindow', () => {
  it('should report too many failures', () => {
    expect(windowWith(5, 4).failure()).toBe(false);
    expect(windowWith(5, 5).failure()).toBe(true);
  });

  it('should not report below the minimum number of calls', () => {
    expect(windowWith(0, 2).failure()).toBe(false);
    expect(windowWith(0, 3).failure()).toBe(true);
  });

  it('should not report too many failures of one subject, nor of two', () => {
    const options = { failureRatio: 0.5, minSamples: 8, windowMs: 60_000 };
    const failures = (window: FailureWindow, subjects: number): readonly boolean[] =>
      Array.from({ length: 100 }, (_, i) => window.failure(`${i % subjects}`));
    const among = (successes: number): FailureWindow => {
      const window = new FailureWindow(options);
      for (let i = 0; i < successes; i += 1) window.success();
      return window;
    };
    for (const successes of [0, 4, 100]) {
      for (const subjects of [1, 2]) expect(failures(among(successes), subjects)).not.toContain(true);
    }
    // Two failures of each subject count.
    expect(failures(among(0), 3)).not.toContain(true);
    expect(failures(among(0), 4).indexOf(true)).toBe(7);
    expect(failures(among(5), 3).indexOf(true)).toBe(5);
  });

  it('should count a subject again when its failures are older than the window', () => {
    let now = 1_000;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const window = new FailureWindow({ failureRatio: 0.5, minSamples: 2, windowMs: 1_000 });
    expect(['1', '1', '2'].map((subject) => window.failure(subject))).toEqual([false, false, true]);
    window.clear();
    // Counted again at once after that, but only once in a window.
    expect(['1', '2'].map((subject) => window.failure(subject))).toEqual([false, true]);
    window.clear();
    window.failure('1');
    now = 1_999;
    expect(window.failure('1')).toBe(false);
    now = 2_000;
    expect(['1', '1', '2'].map((subject) => window.failure(subject))).toEqual([false, false, true]);
  });

  it('should have forgotten everything when it is cleared, also in the first window of the process', () => {
    const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000);
    const window = windowWith(0, 100);
    window.clear();
    // Another slice, which does not replace the cleared one.
    clock.mockReturnValue(8_000);
    window.success();
    expect([1, 2, 3].map(() => window.failure())).toEqual([false, false, true]);
  });

  it('should have forgotten everything when it is cleared', () => {
    const window = windowWith(0, 100);
    window.clear();
    window.success();
    expect(window.failure()).toBe(false);
  });

  it('should forget what is older than the window, after a time without calls as well', () => {
    let now = 1_050;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const failures = (window: FailureWindow): readonly boolean[] => [1, 2, 3, 4].map(() => window.failure());
    for (const [later, opens] of [
      [949, false],
      // The old slices are reused, or nothing was counted since.
      [950, true],
      [1_150, true],
    ] as const) {
      now = 1_050;
      const window = windowWith(10_000, 0, 1_000);
      now += later;
      expect(failures(window).at(-1)).toBe(opens);
    }
  });
});
