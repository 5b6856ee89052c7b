import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type Env, type Gateway, KEY, problemIn, SECOND_KEY, startGateway } from './harness.ts';

let gateway: Gateway;
afterEach(() => gateway.close());

const start = async (env: Env): Promise<void> => {
  gateway = await startGateway({ AUTH_FAILURES_PER_MINUTE: '3', ...env });
};

/** Sends a request with or without an API key, from an address in X-Forwarded-For. */
function ask(key: string | undefined, from = ''): request.Test {
  const asking = request(gateway.origin).get('/1').responseType('blob').set('X-Request-Id', 'one-id');
  if (from !== '') asking.set('X-Forwarded-For', from);
  return key === undefined ? asking : asking.set('X-API-KEY', key);
}

async function statusesOf(keys: readonly (string | undefined)[], from?: string): Promise<number[]> {
  const statuses = [];
  for (const key of keys) statuses.push((await ask(key, from)).status);
  return statuses;
}

const WRONG = ['a-wrong-key-of-the-tests-1', 'a-wrong-key-of-the-tests-2', 'a-wrong-key-of-the-tests-3'];

describe('an address that brings too many wrong keys', () => {
  it('should get 429 for every key, except those that worked from it before', async () => {
    await start({});
    expect(await statusesOf([KEY, ...WRONG])).toEqual([200, 401, 401, 401]);
    const answers = [];
    for (const key of [undefined, '', 'a-wrong-key-of-the-tests-4', SECOND_KEY]) answers.push(await ask(key));
    const [first, ...others] = answers.map(({ status, headers, body }) => {
      const { date, ...rest } = headers as Record<string, string>;
      expect(Number(rest['retry-after'])).toBeGreaterThan(0);
      expect(Number(rest['retry-after'])).toBeLessThanOrEqual(60);
      return { status, body: problemIn(body), headers: { ...rest, 'retry-after': '' }, dated: date !== '' };
    });
    expect(first).toMatchObject({
      status: 429,
      body: { type: 'urn:problem-type:document-gateway:authentication-throttled' },
    });
    for (const other of others) expect(other).toEqual(first);
    expect(await statusesOf([KEY])).toEqual([200]);

    expect(await gateway.metric('authentication_failures_total{reason="throttled"}')).toBe(4);
    expect(await gateway.metric('authentication_failures_total{reason="unknown"}')).toBe(3);
    const warnings = gateway.log.lines.filter(({ msg }) => String(msg).startsWith('too many wrong API keys'));
    const said = { level: 'warn', address: '127.0.0.1', requestId: expect.any(String) };
    expect(warnings).toEqual([expect.objectContaining(said)]);
    // Probes need no API key.
    await request(gateway.origin).get('/health').expect(200);
  });

  it('should not include one that sends no key', async () => {
    await start({});
    expect(await statusesOf(Array.from({ length: 10 }, () => undefined))).toEqual(
      Array.from({ length: 10 }, () => 401),
    );
    expect(await statusesOf([KEY])).toEqual([200]);
  });

  it('should not be throttled at 0', async () => {
    await start({ AUTH_FAILURES_PER_MINUTE: '0' });
    expect(await statusesOf([...WRONG, ...WRONG, SECOND_KEY])).toEqual([401, 401, 401, 401, 401, 401, 200]);
  });
});

describe('the address', () => {
  it('should be that of the connection, for any header of the client', async () => {
    await start({});
    for (const [index, key] of WRONG.entries()) await ask(key, `192.0.2.${index}`).expect(401);
    expect(await statusesOf([KEY], '192.0.2.77')).toEqual([429]);
  });

  it.each(['1', '127.0.0.0/8, 10.0.0.0/8'])(
    'should be the last one from a proxy that is trusted by %j',
    async (TRUST_PROXY) => {
      await start({ TRUST_PROXY });
      for (const [index, key] of WRONG.entries()) {
        await ask(key, `198.51.100.${index}, 192.0.2.1`).expect(401);
      }
      expect(await statusesOf([KEY], '192.0.2.1')).toEqual([429]);
      expect(await statusesOf([KEY], '192.0.2.2')).toEqual([200]);
      expect(await statusesOf([KEY], '198.51.100.1')).toEqual([200]);
    },
  );

  it.each([
    ['192.0.2.1:1000', '192.0.2.1:2000', '192.0.2.2:1000'],
    ['[2001:db8:1::1]', '[2001:db8:1::2]', '[2001:db8:2::1]'],
    ['[2001:db8:1::1]:1000', '[2001:db8:1::1]:2000', '[2001:db8:2::1]:1000'],
  ])('should be told without its port and brackets: %s', async (guesser, same, other) => {
    await start({ TRUST_PROXY: '127.0.0.0/8, 10.0.0.0/8' });
    // The last entry is from a trusted proxy and also has a port.
    for (const key of WRONG) await ask(key, `${guesser}, 10.0.0.1:443`).expect(401);
    expect(await statusesOf([KEY], same)).toEqual([429]);
    expect(await statusesOf([KEY], other)).toEqual([200]);
  });

  it('should be one for a whole IPv6 network', async () => {
    await start({ TRUST_PROXY: '1' });
    for (const [index, key] of WRONG.entries()) await ask(key, `2001:db8::${index}:1`).expect(401);
    expect(await statusesOf([KEY], '2001:db8::77')).toEqual([429]);
    expect(await statusesOf([KEY], '2001:db8:0:1::77')).toEqual([200]);
  });

  it('should be that of the connection when a proxy forwards an invalid one', async () => {
    await start({ TRUST_PROXY: '1' });
    for (const [index, key] of WRONG.entries()) await ask(key, `x${'y'.repeat(index * 1_000)}`).expect(401);
    expect(await statusesOf([KEY], 'unknown')).toEqual([429]);
    expect(await statusesOf([KEY], '192.0.2.1')).toEqual([200]);
  });
});
