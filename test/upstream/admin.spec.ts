import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startAdmin, type Admin } from './admin.ts';
import { startUpstream, type StandInUpstream } from './server.ts';

let upstream: StandInUpstream;
let admin: Admin;

beforeAll(async () => {
  upstream = await startUpstream();
  admin = await startAdmin(upstream);
});
afterEach(() => {
  upstream.setFaults([]);
});
afterAll(() => Promise.all([admin.close(), upstream.close()]));

async function call(method: string, path: string, body?: string): Promise<{ status: number; json: unknown }> {
  const response = await fetch(admin.origin + path, { method, ...(body === undefined ? {} : { body }) });
  return { status: response.status, json: await response.json() };
}

describe('control over HTTP', () => {
  it('should set, show and clear the faults', async () => {
    const faults = [{ ratio: 1, fault: { kind: 'status', status: 418 } }];
    expect(await call('PUT', '/faults', JSON.stringify(faults))).toEqual({ status: 200, json: faults });
    expect(await call('GET', '/faults')).toEqual({ status: 200, json: faults });
    expect((await fetch(upstream.origin)).status).toBe(418);
    expect(await call('DELETE', '/faults')).toEqual({ status: 200, json: [] });
    expect((await fetch(upstream.origin)).status).toBe(200);
  });

  it.each([
    [
      '[{"ratio":1,"fault":{"kind":"latency"}}]',
      'faults[0].fault.ms must be a number from 0 to 3600000, got nothing',
    ],
    [' '.repeat(65_537), 'the body must not exceed 65536 bytes'],
  ])('should reject wrong faults and keep the old ones', async (body, error) => {
    upstream.setFaults([{ ratio: 0.5, fault: { kind: 'empty' } }]);
    expect(await call('PUT', '/faults', body)).toEqual({ status: 400, json: { error } });
    expect(upstream.faults).toEqual([{ ratio: 0.5, fault: { kind: 'empty' } }]);
  });

  it('should show the counters', async () => {
    await fetch(`${upstream.origin}/4711`, { headers: { 'X-Request-Id': 'r-1' } });
    const { json } = await call('GET', '/stats');
    expect(json).toMatchObject({
      requests: upstream.counters.requests,
      byMethod: { GET: upstream.counters.requests },
      byPath: { '/4711': 1 },
      lastHeaders: { 'x-request-id': 'r-1' },
      openSockets: upstream.counters.openSockets,
    });
  });

  it('should stop and start the stand-in, also repeatedly', async () => {
    for (const path of ['/down', '/down']) {
      expect(await call('POST', path)).toEqual({ status: 200, json: { listening: false } });
    }
    await expect(fetch(upstream.origin)).rejects.toThrow();
    for (const path of ['/up', '/up']) {
      expect(await call('POST', path)).toEqual({ status: 200, json: { listening: true } });
    }
    expect((await fetch(upstream.origin)).status).toBe(200);
  });

  it.each([
    ['GET', '/', 404, '/ is no route: there are /stats, /faults, /down, /up'],
    ['GET', '/toString', 404, '/toString is no route: there are /stats, /faults, /down, /up'],
    ['POST', '/faults', 405, '/faults takes GET, PUT, DELETE'],
    ['GET', '/down', 405, '/down takes POST'],
  ])('should answer %s %s with %d', async (method, path, status, error) => {
    expect(await call(method, path)).toEqual({ status, json: { error } });
  });
});
