import { setTimeout as delay } from 'node:timers/promises';
import { startBalancer } from '../balancer.ts';
import { openLoop } from '../load.ts';
import type { Scenario } from '../scenario.ts';

const PER_SECOND = 200;
const SECONDS = 8;
const BEFORE_MS = 2_000;
const POLL_MS = 250;
const DRAIN_DELAY_MS = 1_000;

export const rollingRestart: Scenario = {
  name: 'rolling-restart',
  about: `SIGTERM to one of two gateways under ${PER_SECOND} requests a second, behind a balancer`,
  async run(stage) {
    const upstream = await stage.upstream({
      faults: [
        { ratio: 1, fault: { kind: 'latency', ms: 50 } },
        // Slow enough to be in flight when the gateway stops listening.
        { ratio: 0.05, fault: { kind: 'latency', ms: 2_500 } },
      ],
    });
    const [leaving, staying] = await Promise.all([
      stage.gateway(upstream, { DRAIN_DELAY_MS }),
      stage.gateway(upstream),
    ]);
    const balancer = await startBalancer([leaving.origin, staying.origin], POLL_MS);
    const load = openLoop(stage.target(balancer.origin, upstream), {
      perSecond: PER_SECOND,
      seconds: SECONDS,
    });
    await delay(BEFORE_MS);
    const bothReady = balancer.ready;
    const signalledAt = performance.now();
    const exitCode = await leaving.stop();
    const stoppedAfter = Math.round(performance.now() - signalledAt);
    const tally = await load;
    const oneReady = balancer.ready;
    await balancer.close();

    const failed = tally.answers.length - tally.count('intact');
    stage.check(
      'the balancer had two gateways, then one',
      bothReady === 2 && oneReady === 1,
      `${bothReady}, ${oneReady}`,
    );
    stage.check('0 failed requests', failed === 0, tally.toString());
    stage.check('it exits with 0', exitCode === 0, `exit ${exitCode}`);
    stage.check(
      'it serves through its drain delay, and then what is in flight',
      stoppedAfter >= DRAIN_DELAY_MS + 500,
      `${stoppedAfter - DRAIN_DELAY_MS} ms more than the delay`,
    );
  },
};
