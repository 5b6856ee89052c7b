import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Drain } from '../http/drain.ts';
import { testingModule } from '../module.fixture.ts';
import { HealthController } from './health.controller.ts';
import { HealthModule } from './health.module.ts';
import { Readiness } from './readiness.ts';

let module: TestingModule;
let health: HealthController;
let readiness: Readiness;

beforeEach(async () => {
  module = await testingModule([HealthModule], { DRAIN_DELAY_MS: '0' }).compile();
  health = module.get(HealthController);
  readiness = module.get(Readiness);
});
afterEach(() => module.close());

describe('readiness', () => {
  it('should have the checks that other modules add', async () => {
    readiness.add('one', (session) => session.up({ n: 1 }));
    readiness.add('two', (session) => session.degraded('slow'));
    expect(await health.ready()).toMatchObject({
      status: 'degraded',
      details: { lifecycle: { status: 'up' }, one: { n: 1 }, two: { message: 'slow' } },
    });
  });

  it('should be lost when one check is down', async () => {
    readiness.add('one', (session) => session.down('gone'));
    await expect(health.ready()).rejects.toMatchObject({
      status: 503,
      response: { error: { one: { message: 'gone' } } },
    });
  });

  it('should wait for what holds it back, and say what that is', async () => {
    readiness.heldBackBy = 'the document of READINESS_DOCUMENT';
    await expect(health.ready()).rejects.toMatchObject({
      response: {
        error: { lifecycle: { message: 'starting', reason: 'the document of READINESS_DOCUMENT' } },
      },
    });
  });

  it('should be lost at once when the process stops, without a check that may be slow', async () => {
    let checked = 0;
    readiness.add('slow', (session) => {
      checked += 1;
      return session.up();
    });
    await module.get(Drain).beforeApplicationShutdown();
    await expect(health.ready()).rejects.toMatchObject({
      response: { error: { lifecycle: { message: 'shutting down' } } },
    });
    expect(checked).toBe(0);
    expect([health.alive(), health.live().status]).toEqual(["I'm healthy", 'ok']);
  });
});
