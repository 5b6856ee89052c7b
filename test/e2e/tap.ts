import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Forwards connections to another port and records the bytes sent there. */
export interface Tap {
  readonly port: number;
  /** All bytes sent to the other port, over all connections. */
  readonly sent: string;
  close(): Promise<void>;
}

export async function startTap(target: number): Promise<Tap> {
  const chunks: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect(target, '127.0.0.1');
    for (const one of [socket, onward]) {
      sockets.add(one);
      // The end of one side closes the other.
      one.on('error', () => undefined);
      one.on('close', () => {
        socket.destroy();
        onward.destroy();
        sockets.delete(one);
      });
    }
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get sent() {
      return Buffer.concat(chunks).toString('latin1');
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
