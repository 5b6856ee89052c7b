import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Dispatcher } from 'undici';
import { Download } from './download.ts';

const limits = {
  maxDocumentBytes: 1_000,
  headersTimeoutMs: 60_000,
  bodyTimeoutMs: 60_000,
  minBytesPerSecond: 0,
};

describe('a download without a connection', () => {
  it.each([
    ['EMFILE', 'no-socket', undefined],
    ['EADDRNOTAVAIL', 'no-socket', undefined],
    ['ECONNREFUSED', 'connect', true],
    ['EHOSTUNREACH', 'connect', true],
  ])('should blame the upstream only for what it causes: %s', async (code, kind, isOutage) => {
    const download = new Download(limits, () => true, new AbortController().signal);
    download.onResponseError(undefined, Object.assign(new Error(`connect ${code}`), { code }));
    await expect(download.body).rejects.toMatchObject({ kind, isOutage });
  });
});

describe('a body of many small chunks', () => {
  it('should let other connections be served in between', async () => {
    const download = new Download(limits, () => true, new AbortController().signal);
    const calls: string[] = [];
    const controller = { pause: () => calls.push('pause'), resume: () => calls.push('resume') };
    for (let chunk = 1; chunk < 600; chunk += 1)
      download.onResponseData(controller as unknown as Dispatcher.DispatchController, Buffer.from('1'));
    expect(calls).toEqual(['pause']);
    await setImmediate();
    expect(calls).toEqual(['pause', 'resume']);
    download.onResponseEnd();
    expect(await download.body).toHaveLength(599);
  });
});
