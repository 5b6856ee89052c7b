/** The smallest Fastify service: one route. */
import fastify from 'fastify';

const app = fastify({ keepAliveTimeout: 75_000 });
app.get('/health', () => "I'm healthy");
await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' });
