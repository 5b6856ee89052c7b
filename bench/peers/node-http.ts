/** The minimum in Node: the answer of the upstream is piped to the client without any check. */
import { Agent, createServer, request } from 'node:http';

const { PORT, UPSTREAM } = process.env;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const { hostname, port } = new URL(UPSTREAM ?? '');

const server = createServer((incoming, outgoing) => {
  const { method, url: path, headers } = incoming;
  const onward = request({ agent, hostname, port, method, path, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  onward.end();
});
server.keepAliveTimeout = 75_000;
server.listen(Number(PORT), '127.0.0.1');
