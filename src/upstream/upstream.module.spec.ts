import { afterEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { startUpstream, type StandInUpstream } from '../../test/upstream/server.ts';
import { Readiness } from '../health/readiness.ts';
import { testingModule } from '../module.fixture.ts';
import { UpstreamReach } from './upstream-reach.ts';
import { UpstreamModule } from './upstream.module.ts';

let upstream: StandInUpstream;
let module: TestingModule;

async function compile(): Promise<void> {
  upstream = await startUpstream();
  module = await testingModule([UpstreamModule], { UPSTREAM_URL: upstream.url }).compile();
}

afterEach(async () => {
  await module.close();
  await upstream.close();
});

describe('what the readiness shows of the upstream', () => {
  it('should be down until it was reached, and up from then on', async () => {
    await compile();
    await upstream.down();
    const [check] = module.get(Readiness).checks;
    expect(await check?.()).toMatchObject({ upstream: { status: 'down' } });
    module.get(UpstreamReach).reached();
    expect(await check?.()).toMatchObject({ upstream: { status: 'up' } });
  });

  it('should be asked for by a ping on a connection of its own', async () => {
    await compile();
    const [check] = module.get(Readiness).checks;
    expect(await check?.()).toMatchObject({ upstream: { status: 'up' } });
    expect(upstream.counters.lastHeaders).toMatchObject({ connection: 'close' });
  });
});
