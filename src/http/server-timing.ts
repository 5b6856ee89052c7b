import type { onSendHookHandler } from 'fastify';

/** With `SERVER_TIMING`, adds the total time of upstream and verification over all attempts. */
export const addServerTiming: onSendHookHandler = (request, reply, payload, done) => {
  const { upstreamMs, verifyMs } = request.record;
  const times = Object.entries({ upstream: upstreamMs, verify: verifyMs })
    .filter(([, ms]) => ms !== undefined)
    .map(([name, ms]) => `${name};dur=${ms?.toFixed(2)}`);
  if (times.length > 0) reply.header('server-timing', times.join(', '));
  done(null, payload);
};
