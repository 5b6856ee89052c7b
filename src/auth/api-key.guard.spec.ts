import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { PinoLogger } from 'nestjs-pino';
import { Counter } from 'prom-client';
import { Public } from '../http/public.decorator.ts';
import { Problem } from '../problem/problem.ts';
import { ApiKeyGuard } from './api-key.guard.ts';
import { authConfig } from './auth.config.ts';
import { FailureThrottle } from './failure-throttle.ts';
import { parseKeyFile } from './key-file.ts';
import { KeyStore } from './key-store.ts';

const closedRoute = (): void => undefined;
const openRoute = (): void => undefined;
Public()(openRoute);

@Controller()
class ClosedController {}

@Public()
class OpenController {}

const KEY = 'a-key-that-is-long-enough';
const EXPIRED_KEY = 'a-key-that-was-good-once';
const keys = new KeyStore(authConfig({ API_KEY: `${KEY},another-key-for-another` }));
const expired = { name: 'acme', key: EXPIRED_KEY, expires: '2020-01-01T00:00:00Z' };
keys.useFile(parseKeyFile(JSON.stringify({ consumers: [expired] })));
const failures = new Counter({ name: 'failures', help: 'failures', labelNames: ['reason'], registers: [] });
const warnings: unknown[][] = [];
const logger = { warn: (...line: unknown[]) => warnings.push(line) } as unknown as PinoLogger;

const guardWith = (throttle: FailureThrottle): ApiKeyGuard =>
  new ApiKeyGuard(new Reflector(), keys, throttle, failures, logger);
const unthrottled = guardWith(new FailureThrottle(0));

interface Call {
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly route?: () => void;
  readonly controller?: typeof ClosedController;
  readonly guard?: ApiKeyGuard;
  readonly ip?: string;
}

/** Returns what the guard writes into the record of a request that it accepts. */
function pass({
  headers = {},
  route = closedRoute,
  controller = ClosedController,
  guard = unthrottled,
  ip = '192.0.2.1',
}: Call): object {
  const request = { headers, ip, record: {} };
  const context = {
    getHandler: () => route,
    getClass: () => controller,
    switchToHttp: () => ({ getRequest: () => request }),
  };
  expect(guard.canActivate(context as unknown as ExecutionContext)).toBe(true);
  return request.record;
}

function refusal(call: Call): Problem {
  try {
    pass(call);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('the guard let it through');
}

describe('ApiKeyGuard', () => {
  it('should accept a valid key and record its consumer', () => {
    expect(pass({ headers: { 'x-api-key': KEY } })).toEqual({ consumer: 'key-1' });
    expect(pass({ headers: { 'x-api-key': 'another-key-for-another' } })).toEqual({ consumer: 'key-2' });
  });

  it('should give the same answer to a missing, a wrong and an expired key', () => {
    const missing = refusal({});
    const wrong = refusal({ headers: { 'x-api-key': `${KEY}x` } });
    const late = refusal({ headers: { 'x-api-key': EXPIRED_KEY } });
    expect(missing.status).toBe(401);
    expect(missing.message).toBe('Send a valid API key in the X-API-KEY header.');
    expect(missing.headers).toEqual({
      'www-authenticate': 'ApiKey realm="document-gateway", header="X-API-KEY"',
    });
    for (const other of [wrong, late]) {
      expect([other.toBody('id'), other.headers]).toEqual([missing.toBody('id'), missing.headers]);
    }
  });

  it('should count the reason for a rejected key, which the answer does not show', async () => {
    failures.reset();
    refusal({});
    refusal({ headers: { 'x-api-key': '' } });
    refusal({ headers: { 'x-api-key': 'a-key-of-nobody' } });
    refusal({ headers: { 'x-api-key': EXPIRED_KEY } });
    const { values } = await failures.get();
    expect(values.map(({ labels, value }) => [labels.reason, value])).toEqual([
      ['missing', 2],
      ['unknown', 1],
      ['expired', 1],
    ]);
  });

  it('should reject a repeated key and a key in another header', () => {
    expect(refusal({ headers: { 'x-api-key': `${KEY}, ${KEY}` } }).status).toBe(401);
    expect(refusal({ headers: { 'x-api-key': [KEY] } }).status).toBe(401);
    expect(refusal({ headers: { authorization: `Bearer ${KEY}` } }).status).toBe(401);
  });

  it('should open only public routes and controllers', () => {
    expect(pass({ route: openRoute })).toEqual({});
    expect(pass({ controller: OpenController })).toEqual({});
    expect(refusal({ route: closedRoute }).status).toBe(401);
  });
});

describe('ApiKeyGuard, where wrong keys are counted', () => {
  let guard: ApiKeyGuard;
  const good = { 'x-api-key': KEY };
  const wrong = { 'x-api-key': 'a-key-of-nobody' };
  const statusOf = (headers: Call['headers'], ip?: string): number =>
    refusal({ headers: headers ?? {}, guard, ...(ip !== undefined && { ip }) }).status;

  beforeEach(() => {
    warnings.length = 0;
    failures.reset();
    guard = guardWith(new FailureThrottle(2));
  });

  it('should give the same answer to every key from a throttled address', async () => {
    expect([statusOf(wrong), statusOf(wrong)]).toEqual([401, 401]);
    const throttled = refusal({ headers: wrong, guard });
    expect(throttled).toMatchObject({
      type: 'authentication-throttled',
      message: 'Your address has sent too many wrong API keys.',
    });
    expect(Number(throttled.headers['retry-after'])).toBeGreaterThan(50);
    expect(Number(throttled.headers['retry-after'])).toBeLessThanOrEqual(60);
    for (const headers of [good, {}]) {
      expect(refusal({ headers, guard }).toBody('id')).toBe(throttled.toBody('id'));
    }
    const { values } = await failures.get();
    expect(values.map(({ labels, value }) => [labels.reason, value])).toEqual([
      ['unknown', 2],
      ['throttled', 3],
    ]);
    expect(warnings).toEqual([
      [{ address: '192.0.2.1' }, 'too many wrong API keys from this address: it is throttled'],
    ]);
  });

  it('should still serve other addresses, and keys that worked from this one', () => {
    pass({ headers: good, guard });
    statusOf(wrong);
    statusOf(wrong);
    pass({ headers: good, guard });
    pass({ headers: { 'x-api-key': 'another-key-for-another' }, guard, ip: '192.0.2.2' });
    expect(statusOf({ 'x-api-key': 'another-key-for-another' })).toBe(429);
  });

  it('should count an expired key as wrong, but not a missing one', () => {
    for (let times = 0; times < 5; times += 1) expect(statusOf({})).toBe(401);
    statusOf({ 'x-api-key': EXPIRED_KEY });
    statusOf({ 'x-api-key': EXPIRED_KEY });
    expect(statusOf({})).toBe(429);
  });
});
