import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { stopParsingWhen } from './parser-stop.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Sends ten requests in one packet. Returns how many reached the server, and what came back. */
async function send(isOver: (requests: number) => boolean): Promise<{ requests: number; answers: string }> {
  let requests = 0;
  server = createServer((_request, response) => {
    requests += 1;
    response.end('answer');
  });
  server.on('connection', (socket) => {
    stopParsingWhen(socket, () => isOver(requests));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let answers = '';
  client.setEncoding('latin1').on('data', (data: string) => (answers += data));
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(9));
  client.end('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  const [hadError] = (await once(client, 'close')) as [boolean];
  expect(hadError).toBe(false);
  return { requests, answers };
}

describe('stopParsingWhen', () => {
  it('should let all requests of a packet through until it is over', async () => {
    const { requests, answers } = await send(() => false);
    expect(requests).toBe(10);
    expect(answers.split('HTTP/1.1 200')).toHaveLength(11);
  });

  it('should keep the rest of a packet from the server, and the answers so far', async () => {
    const { requests, answers } = await send((so) => so >= 3);
    expect(requests).toBe(3);
    expect(answers.split('HTTP/1.1 200')).toHaveLength(4);
  });

  it('should do nothing to a socket without a parser', () => {
    const socket = {} as Parameters<typeof stopParsingWhen>[0];
    stopParsingWhen(socket, () => true);
    expect(socket).toEqual({});
  });
});
