import { closedLoop } from '../load.ts';
import type { Scenario } from '../scenario.ts';

export const damagedTenth: Scenario = {
  name: 'damaged-tenth',
  about: 'one answer in ten is a damaged document, 20,000 requests',
  async run(stage) {
    const upstream = await stage.upstream({ damaged: 0.1 });
    const gateway = await stage.gateway(upstream);
    // One document in 100,000 is damaged five times in a row. Three of them occur in one of a thousand runs.
    const tally = await closedLoop(stage.target(gateway.origin, upstream), {
      requests: 20_000,
      connections: 32,
    });
    const metrics = await gateway.metrics();
    const damaged = tally.count('damaged');
    const opened = metrics.sum('breaker_transitions_total', 'state="open"');
    const found = metrics.sum('upstream_attempts_total', 'outcome="damaged"');

    stage.check(
      '0 damaged delivered',
      damaged === 0,
      tally.flaws[0] ?? `${damaged} of ${tally.answers.length}`,
    );
    stage.check('at least 99.99 % are 200', tally.share('intact') >= 0.9999, tally.toString());
    stage.check('the breaker never opens', opened === 0, `${opened} times`);
    stage.check('there were damaged documents to find', found > 1_800, `${found} found`);
  },
};

export const realDocuments: Scenario = {
  name: 'real-documents',
  about: "the real upstream's documents, as it mixes them, 10,000 requests",
  async run(stage) {
    const upstream = await stage.upstream({ documents: { real: true } });
    const gateway = await stage.gateway(upstream);
    const target = stage.target(gateway.origin, upstream);
    const tally = await closedLoop(target, { requests: 10_000, connections: 32 });
    const intact = tally.count('intact');
    stage.check(
      'every 200 is one of the two intact documents',
      tally.count('damaged') === 0,
      tally.toString(),
    );
    stage.check('at least 9,998 are 200', intact >= 9_998, `${intact}`);
  },
};

export const damagedHalf: Scenario = {
  name: 'damaged-half',
  about: 'every other answer is a damaged document',
  async run(stage) {
    const upstream = await stage.upstream({ damaged: 0.5 });
    const gateway = await stage.gateway(upstream);
    // One document in 32 is damaged five times in a row, 3.1 %. With this number of requests, chance does not reach 4
    // %.
    const tally = await closedLoop(stage.target(gateway.origin, upstream), {
      requests: 8_000,
      connections: 32,
    });
    const damaged = tally.count('damaged');
    const rest = tally.answers.length - tally.count('intact', 'document-damaged');

    stage.check(
      '0 damaged delivered',
      damaged === 0,
      tally.flaws[0] ?? `${damaged} of ${tally.answers.length}`,
    );
    stage.check(
      'at least 96 % are 200',
      tally.share('intact') >= 0.96,
      `${(100 * tally.share('intact')).toFixed(2)} %`,
    );
    stage.check('the rest are 502', rest === 0, tally.toString());
  },
};
