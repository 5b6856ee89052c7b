import { describe, expect, it } from '@jest/globals';
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
