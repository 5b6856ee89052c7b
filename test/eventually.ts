import { setTimeout as delay } from 'node:timers/promises';

/** Repeats assertions until they hold; past the deadline it throws what the last of them threw. */
export async function eventually<T>(assertions: () => T | Promise<T>, deadlineMs = 10_000): Promise<T> {
  const startedAt = performance.now();
  for (;;) {
    try {
      return await assertions();
    } catch (error) {
      const waited = performance.now() - startedAt;
      if (waited > deadlineMs) throw error;
      // Less often in the long run: the asking takes processor time from what is waited for.
      await delay(Math.min(5 + waited / 20, 50));
    }
  }
}
