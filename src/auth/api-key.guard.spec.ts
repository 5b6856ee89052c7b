import { describe, expect, it } from '@jest/globals';
import { Controller, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Problem } from '../problem/problem.ts';
import { parseSettings } from '../settings/settings.ts';
import { ApiKeyGuard } from './api-key.guard.ts';
import { KeyStore } from './key-store.ts';
import { Public } from './public.decorator.ts';

const closedRoute = (): void => undefined;
const openRoute = (): void => undefined;
Public()(openRoute);

@Controller()
class ClosedController {}

@Public()
class OpenController {}

const KEY = 'a-key-that-is-long-enough';
const guard = new ApiKeyGuard(
  new Reflector(),
  new KeyStore(parseSettings({ API_KEY: `${KEY},another-key-for-another` })),
);

interface Call {
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly route?: () => void;
  readonly controller?: typeof ClosedController;
}

/** What the guard notes of a request that it lets through. */
function pass({ headers = {}, route = closedRoute, controller = ClosedController }: Call): object {
  const request = { headers, record: {} };
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
  it('should let a holder of a key through, and note who it is', () => {
    expect(pass({ headers: { 'x-api-key': KEY } })).toEqual({ consumer: 'key-1' });
    expect(pass({ headers: { 'x-api-key': 'another-key-for-another' } })).toEqual({ consumer: 'key-2' });
  });

  it('should answer a missing key and a wrong one alike', () => {
    const missing = refusal({});
    const wrong = refusal({ headers: { 'x-api-key': `${KEY}x` } });
    expect(missing.status).toBe(401);
    expect(missing.headers).toHaveProperty('www-authenticate');
    expect([wrong.toBody('id'), wrong.headers]).toEqual([missing.toBody('id'), missing.headers]);
  });

  it('should not take a key twice, or in another header', () => {
    expect(refusal({ headers: { 'x-api-key': `${KEY}, ${KEY}` } }).status).toBe(401);
    expect(refusal({ headers: { 'x-api-key': [KEY] } }).status).toBe(401);
    expect(refusal({ headers: { authorization: `Bearer ${KEY}` } }).status).toBe(401);
  });

  it('should open what is marked as public, a route or a whole controller, and nothing else', () => {
    expect(pass({ route: openRoute })).toEqual({});
    expect(pass({ controller: OpenController })).toEqual({});
    expect(refusal({ route: closedRoute }).status).toBe(401);
  });
});
