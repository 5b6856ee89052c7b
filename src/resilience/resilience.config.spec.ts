import { describe, expect, it } from '@jest/globals';
import { MIB } from '../settings/kinds.ts';
import { mistakesOf } from '../settings/mistakes.fixture.ts';
import { defaultBufferedBytes, resilienceConfig } from './resilience.config.ts';

it('should have the protections of the delivery policy by default', () => {
  expect(resilienceConfig()).toMatchObject({
    maxDocumentBytes: 32 * MIB,
    maxInFlight: 64,
    queueLength: 64,
    queueTimeoutMs: 1_000,
    breakerFailureRatio: 0.5,
    breakerMinSamples: 20,
    maxEventLoopDelayMs: 200,
  });
});

it('should need places, but no queue', () => {
  expect(mistakesOf(() => resilienceConfig({ UPSTREAM_MAX_IN_FLIGHT: '0' }))).toEqual([
    'UPSTREAM_MAX_IN_FLIGHT must be a whole number from 1 to 65535',
  ]);
  expect(resilienceConfig({ UPSTREAM_QUEUE_LENGTH: '0' }).queueLength).toBe(0);
});

it('should take a share of failures that is neither none nor all', () => {
  expect(mistakesOf(() => resilienceConfig({ BREAKER_FAILURE_RATIO: '1' }))).toEqual([
    'BREAKER_FAILURE_RATIO must be a number between 0 and 1',
  ]);
});

describe('MAX_BUFFERED_BYTES', () => {
  const line = 'MAX_BUFFERED_BYTES must be at least twice MAX_DOCUMENT_BYTES';

  it('should have room for a document that grows into a larger buffer', () => {
    const tooFew = { MAX_BUFFERED_BYTES: '4095', MAX_DOCUMENT_BYTES: '2048' };
    expect(mistakesOf(() => resilienceConfig(tooFew))).toEqual([line]);
    expect(resilienceConfig({ ...tooFew, MAX_BUFFERED_BYTES: '4096' }).maxBufferedBytes).toBe(4_096);
  });

  it('should be reported together with other mistakes, but not with its own or that of the documents', () => {
    const tooFew = { MAX_BUFFERED_BYTES: '4095', MAX_DOCUMENT_BYTES: '2048' };
    expect(mistakesOf(() => resilienceConfig({ ...tooFew, BREAKER_MIN_SAMPLES: 'x' }))).toContain(line);
    const wrong = { MAX_BUFFERED_BYTES: 'x', MAX_DOCUMENT_BYTES: 'y' };
    expect(mistakesOf(() => resilienceConfig(wrong))).toHaveLength(2);
    expect(mistakesOf(() => resilienceConfig({ ...wrong, MAX_BUFFERED_BYTES: '2048' }))).toHaveLength(1);
  });

  it('should have that room by default', () => {
    const large = resilienceConfig({ MAX_DOCUMENT_BYTES: String(1024 * MIB) });
    expect(large.maxBufferedBytes).toBe(2048 * MIB);
    const { maxBufferedBytes, maxDocumentBytes } = resilienceConfig();
    expect(maxBufferedBytes).toBeGreaterThanOrEqual(2 * maxDocumentBytes);
  });

  it('should by default follow from the memory that the process may use', () => {
    const machine = 8192 * MIB;
    expect(defaultBufferedBytes(256 * MIB, machine)).toBe(64 * MIB);
    expect(defaultBufferedBytes(0, 2048 * MIB)).toBe(512 * MIB);
    expect(defaultBufferedBytes(2 ** 63, 2048 * MIB)).toBe(512 * MIB);
    expect(defaultBufferedBytes(6144 * MIB, machine)).toBe(1024 * MIB);
    expect(defaultBufferedBytes(1001, machine)).toBe(250);
  });
});
