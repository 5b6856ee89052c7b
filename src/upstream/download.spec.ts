import { describe, expect, it } from '@jest/globals';
import { Download } from './download.ts';
import { judgement } from './upstream-failure.ts';

const limits = { maxBytes: 1_000, headersTimeoutMs: 60_000, bodyTimeoutMs: 60_000, minBytesPerSecond: 0 };

describe('a download without a connection', () => {
  it.each([
    ['EMFILE', 'no-socket', false],
    ['EADDRNOTAVAIL', 'no-socket', false],
    ['ECONNREFUSED', 'connect', true],
    ['EHOSTUNREACH', 'connect', true],
  ])('should blame the upstream only for what it causes: %s', async (code, kind, isOutage) => {
    const download = new Download(limits, () => true, new AbortController().signal);
    download.onResponseError(undefined, Object.assign(new Error(`connect ${code}`), { code }));
    const failure: unknown = await download.body.catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind, isOutage });
    expect(judgement.isFailure(failure)).toBe(isOutage);
    expect(judgement.isAnswer(failure)).toBe(false);
  });
});
