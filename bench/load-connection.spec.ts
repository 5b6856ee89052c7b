import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { type Answer, LoadConnection } from './load-connection.ts';

const REQUEST = 'GET /1 HTTP/1.1\r\n\r\n';

/** The results of a connection for answers in these pieces, one answer for each request. */
async function answersTo(answers: readonly (readonly string[])[]): Promise<readonly Answer[]> {
  const left = [...answers];
  const send = async (socket: Socket, pieces: readonly string[]): Promise<void> => {
    for (const piece of pieces) {
      if (piece === 'close') socket.destroy();
      else socket.write(piece);
      // Sends each piece in its own packet.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined).on('data', () => void send(socket, left.shift() ?? []));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = new LoadConnection((server.address() as AddressInfo).port);
  try {
    await connection.connect();
    const got: Answer[] = [];
    while (got.length < answers.length) {
      got.push(await new Promise<Answer>((resolve) => connection.ask(REQUEST, resolve)));
    }
    return got;
  } finally {
    connection.close();
    server.close();
  }
}

describe('a connection of the load generator', () => {
  it('should count the bytes of a body', async () => {
    expect(await answersTo([['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello']])).toEqual([
      { status: 200, bytes: 5 },
    ]);
  });

  it('should join the pieces of an answer', async () => {
    const pieces = ['HTTP/1.1 200 OK\r\ncontent-le', 'ngth: 5\r', '\n\r', '\nhe', 'll', 'o'];
    expect(await answersTo([pieces, pieces])).toEqual([
      { status: 200, bytes: 5 },
      { status: 200, bytes: 5 },
    ]);
  });

  it('should report any other status as a failure, and continue', async () => {
    expect(
      await answersTo([
        ['HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno'],
        ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
      ]),
    ).toEqual([
      { status: 404, bytes: 2, failure: 'status 404' },
      { status: 200, bytes: 0 },
    ]);
  });

  it.each([
    ['a body that is cut off', ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe', 'close'], /closed/],
    ['a body that is too long', ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nhello'], /more came/],
    ['an answer without a length', ['HTTP/1.1 200 OK\r\n\r\nhello'], /without Content-Length/],
  ])('should report %s as a failure, and use a new connection', async (_name, pieces, failure) => {
    const [first, second] = await answersTo([pieces, ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n']]);
    expect(first?.failure).toMatch(failure);
    expect(second).toEqual({ status: 200, bytes: 0 });
  });
});
