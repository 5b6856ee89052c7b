import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A pipe to another port that takes down every byte that goes there. */
export interface Tap {
  readonly port: number;
  /** What went to the other port so far, over all connections. */
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
      // Either end takes the other with it.
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
