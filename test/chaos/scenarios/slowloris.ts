import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { openLoop } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import { timeUntil } from '../time-until.ts';

const ATTACKERS = 1_000;
const REQUEST_TIMEOUT_MS = 3_000;
const BYTE_EVERY_MS = 1_000;
const NOISE_MS = 2_500;

export const slowloris: Scenario = {
  name: 'slowloris',
  about: `${ATTACKERS} connections send their request a byte at a time`,
  async run(stage) {
    const upstream = await stage.upstream();
    const gateway = await stage.gateway(upstream, { REQUEST_TIMEOUT_MS });
    const target = stage.target(gateway.origin, upstream);
    const before = gateway.sockets;
    const calm = await openLoop(target, { perSecond: 100, seconds: 2 });

    const attackers = await Promise.all(
      Array.from({ length: ATTACKERS }, () => attack(Number(new URL(gateway.origin).port))),
    );
    const startedAt = performance.now();
    const connected = await timeUntil(() => gateway.sockets >= ATTACKERS, 2_000);
    const served = await openLoop(target, { perSecond: 100, seconds: REQUEST_TIMEOUT_MS / 1_000 - 0.5 });
    const stillThere = attackers.filter(({ cutAt }) => cutAt === undefined).length;
    await timeUntil(() => attackers.every(({ cutAt }) => cutAt !== undefined), REQUEST_TIMEOUT_MS + NOISE_MS);
    const cutAfter = attackers.map(({ cutAt = Infinity }) => Math.round(cutAt - startedAt));
    const told = attackers.filter(({ answer }) => answer.startsWith('HTTP/1.1 408 ')).length;
    for (const { socket } of attackers) socket.destroy();
    const freed = await timeUntil(() => gateway.sockets <= before + 1, 15_000);

    const [calmly, attacked] = [calm.latencies(), served.latencies()];
    stage.check('they were all connected', connected !== undefined, `${ATTACKERS} sockets`);
    stage.check(
      'others are served meanwhile',
      served.share('intact') === 1,
      `${served.toString()}, with ${stillThere} slow ones there at the end`,
    );
    stage.check(
      'and about as fast',
      attacked.p50 <= 3 * calmly.p50 + 10,
      `p50 ${attacked.p50} ms, p99 ${attacked.p99}; before it p50 ${calmly.p50}, p99 ${calmly.p99}`,
    );
    stage.check(
      'the slow ones are cut off in time',
      Math.max(...cutAfter) <= REQUEST_TIMEOUT_MS + NOISE_MS,
      `from ${Math.min(...cutAfter)} to ${Math.max(...cutAfter)} ms`,
    );
    stage.check('and told why, with 408', told === ATTACKERS, `${told} told`);
    stage.check('their sockets are freed', freed !== undefined, `after ${freed ?? '?'} ms`);
  },
};

interface Attacker {
  readonly socket: Socket;
  answer: string;
  /** When the gateway closed the connection, by `performance.now()`. */
  cutAt: number | undefined;
}

async function attack(port: number): Promise<Attacker> {
  const socket = connect(port, '127.0.0.1');
  const attacker: Attacker = { socket, answer: '', cutAt: undefined };
  socket.on('error', () => undefined);
  socket.setEncoding('latin1').on('data', (chunk: string) => (attacker.answer += chunk));
  await once(socket, 'connect');
  socket.write('GET /1 HTTP/1.1\r\nHost: gateway\r\nX-Slow: ');
  const timer = setInterval(() => {
    if (socket.writable) socket.write('.');
  }, BYTE_EVERY_MS);
  socket.once('close', () => {
    clearInterval(timer);
    attacker.cutAt = performance.now();
  });
  return attacker;
}
