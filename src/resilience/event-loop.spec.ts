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
  }, 20_000);

  it('should not treat a single standstill as overload', async () => {
    const watching = (watch = new EventLoopWatch(50));
    // The first two turns set the baseline of the delay.
    await new Promise((resolve) => setTimeout(resolve, 50));
    // Far longer than a sample, so that the limit can be far above the delays of a busy machine.
    block(3_000);
    await eventually(() => {
      expect(watching.delayMs).toBeGreaterThan(50);
    });
    expect(watching.overloaded).toBe(false);
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
