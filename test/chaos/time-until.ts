import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds until the condition held; undefined if it did not hold in time. */
export async function timeUntil(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<number | undefined> {
  const startedAt = performance.now();
  while (!(await condition())) {
    if (performance.now() - startedAt > withinMs) return undefined;
    await delay(20);
  }
  return Math.round(performance.now() - startedAt);
}
