import type { onSendHookHandler } from 'fastify';

/** Tells with `SERVER_TIMING` how long the upstream and the verification took, all attempts together. */
export const addServerTiming: onSendHookHandler = (request, reply, payload, done) => {
  const { upstreamMs, verifyMs } = request.record;
  const times = Object.entries({ upstream: upstreamMs, verify: verifyMs })
    .filter(([, ms]) => ms !== undefined)
    .map(([name, ms]) => `${name};dur=${ms?.toFixed(2)}`);
  if (times.length > 0) reply.header('server-timing', times.join(', '));
  done(null, payload);
};
