import { closedLoop } from '../load.ts';
import type { Scenario } from '../scenario.ts';

export const resets: Scenario = {
  name: 'resets',
  about: 'one answer in ten ends in a TCP reset, anywhere in it, beside the damaged ones',
  async run(stage) {
    const upstream = await stage.upstream({
      faults: [
        { ratio: 0.05, fault: { kind: 'reset-before-headers' } },
        { ratio: 0.05, fault: { kind: 'reset-in-body' } },
      ],
    });
    const gateway = await stage.gateway(upstream);
    const tally = await closedLoop(stage.target(gateway.origin, upstream), {
      requests: 10_000,
      connections: 32,
    });
    const metrics = await gateway.metrics();
    const [reset, truncated] = ['reset', 'truncated'].map((kind) =>
      metrics.sum('upstream_attempts_total', `outcome="${kind}"`),
    ) as [number, number];

    stage.check('0 damaged delivered', tally.count('damaged') === 0, tally.flaws[0] ?? tally.answers.length);
    stage.check('at least 99.9 % are 200', tally.share('intact') >= 0.999, tally.toString());
    // A reset before the first byte on a reused connection is repeated at once and not counted.
    stage.check(
      'there were resets, before the headers and after them',
      reset > 20 && truncated > 200,
      `${reset} and ${truncated}`,
    );
  },
};
