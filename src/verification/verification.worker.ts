import { parentPort, workerData } from 'node:worker_threads';
import { VerdictMemory } from './verdict-memory.ts';
import type { VerificationTask } from './verification-thread.ts';

const memory = new VerdictMemory(Number(workerData));

parentPort?.on('message', ({ bytes, options }: VerificationTask) => {
  const { buffer, byteOffset, byteLength } = bytes;
  const verification = memory.verify(Buffer.from(buffer, byteOffset, byteLength), options);
  // Transfers the bytes back without a copy.
  parentPort?.postMessage(verification, [buffer]);
});
