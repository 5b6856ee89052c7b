import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../test/eventually.ts';
import { EventLoopWatch } from './event-loop.ts';

let watch: EventLoopWatch | undefined;

afterEach(() => {
  watch?.onApplicationShutdown();
});

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('EventLoopWatch', () => {
  it('should not take an idle process for an overloaded one', () => {
    watch = new EventLoopWatch(200);
    expect(watch.delayMs).toBe(0);
    expect(watch.overloaded).toBe(false);
    watch.admit();
  });

  it('should reject while the event loop is late, and recover', async () => {
    const watching = (watch = new EventLoopWatch(20));
    await eventually(() => {
      block(150);
      expect(watching.overloaded).toBe(true);
    });
    expect(() => {
      watching.admit();
    }).toThrow(expect.objectContaining({ name: 'Overloaded', reason: 'event-loop' }));
    expect(watching.delayMs).toBeGreaterThan(20);
    await eventually(() => {
      expect(watching.overloaded).toBe(false);
    }, 15_000);
  });

  it('should not treat a single standstill as overload', () => {
    jest.useFakeTimers({ doNotFake: ['performance'] });
    try {
      const histogram = monitorEventLoopDelay();
      const watching = (watch = new EventLoopWatch(50, histogram));
      const sample = (meanMs: number): boolean => {
        Object.defineProperty(histogram, 'mean', { value: meanMs * 1e6, configurable: true });
        jest.advanceTimersByTime(500);
        return watching.overloaded;
      };
      expect([3_010, 10, 3_010, 59, 61, 61, 61, NaN].map(sample)).toEqual([
        false,
        false,
        false,
        false,
        false,
        true,
        true,
        false,
      ]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('should stop measuring when it is stopped', () => {
    jest.useFakeTimers({ doNotFake: ['performance'] });
    try {
      new EventLoopWatch(20).onApplicationShutdown();
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });
});
