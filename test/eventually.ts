import { setTimeout as delay } from 'node:timers/promises';

/** Repeats assertions until they hold; past the deadline it throws what the last of them threw. */
export async function eventually<T>(assertions: () => T | Promise<T>, deadlineMs = 4_000): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await assertions();
    } catch (error) {
      if (performance.now() > end) throw error;
      await delay(5);
    }
  }
}
