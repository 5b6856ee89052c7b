/** node:http in front of an undici Pool, streamed. */
import { createServer } from 'node:http';
import { Pool } from 'undici';

const { PORT, UPSTREAM } = process.env;
const pool = new Pool(UPSTREAM ?? '', { connections: 64 });

const server = createServer((incoming, outgoing) => {
  const path = incoming.url ?? '/';
  pool
    .stream({ path, method: 'GET', opaque: outgoing }, ({ statusCode, headers }) =>
      outgoing.writeHead(statusCode, headers),
    )
    .catch(() => outgoing.destroy());
});
server.keepAliveTimeout = 75_000;
server.listen(Number(PORT), '127.0.0.1');
