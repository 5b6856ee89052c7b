import { setTimeout as delay } from 'node:timers/promises';

/** Resolves as soon as the condition is true. Rejects when it is still false after the deadline. */
export async function eventually(condition: () => boolean, deadlineMs = 5_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${condition.toString()}`);
    await delay(5);
  }
}
