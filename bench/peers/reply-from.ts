/** Fastify with its official proxy. */
import replyFrom from '@fastify/reply-from';
import fastify from 'fastify';

const { PORT, UPSTREAM } = process.env;
const app = fastify({ keepAliveTimeout: 75_000 });
await app.register(replyFrom, { base: UPSTREAM ?? '', undici: { connections: 64 } });
app.get('/:id', (request, reply) => reply.from(request.url));
await app.listen({ port: Number(PORT), host: '127.0.0.1' });
