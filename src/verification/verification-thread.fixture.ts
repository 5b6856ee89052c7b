import { parentPort } from 'node:worker_threads';
import type { VerificationTask } from './verification-thread.ts';

/** The first byte of a document decides what the worker does. */
export const WHOLE = 0;
export const CRASH = 1;
export const EXIT = 2;
export const OUT_OF_MEMORY = 3;
export const HANG = 4;

parentPort?.on('message', ({ bytes }: VerificationTask) => {
  switch (bytes[0]) {
    case CRASH:
      throw new Error('a defect');
    case EXIT:
      process.exit(3);
    case OUT_OF_MEMORY:
      for (const held: unknown[] = []; ;) held.push(Array.from({ length: 10_000 }, () => ({})));
    case HANG:
      for (;;);
    default:
      parentPort?.postMessage({ bytes, verdict: { intact: true, complete: true } }, [bytes.buffer]);
  }
});
