import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** The reaction to a command: an answer, an answer that is not a count, this error, or silence. */
export type Behaviour =
  | 'answer'
  | 'nonsense'
  | 'hang'
  | {
      readonly error: string;
      /**
       * The key whose counting it refuses, or `*` for all; other commands are answered. By default all commands get
       * the error.
       */
      readonly counting?: string;
    };

/** A stand-in for Redis and Valkey: RESP2 over a real socket, with the commands of the rate limiter. */
export interface FakeRedis {
  readonly url: string;
  /** Counters by key. A test may change them like another replica. */
  readonly counts: Map<string, number>;
  /** The received commands in lower case. */
  readonly commands: readonly string[];
  /** The number of accepted connections. */
  readonly connections: number;
  behave(behaviour: Behaviour): void;
  /** Closes its connections and stops listening; `start` listens again on the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function startFakeRedis(password?: string): Promise<FakeRedis> {
  const counts = new Map<string, number>();
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  /** Replies that are sent when it no longer hangs, as a real Redis does. */
  const pending: (() => void)[] = [];
  let behaviour: Behaviour = 'answer';

  const reply = (command: string, args: readonly string[]): string => {
    if (typeof behaviour === 'object' && refuses(behaviour, command, args)) return `-${behaviour.error}\r\n`;
    switch (command) {
      case 'auth':
        return args.at(-1) === password ? '+OK\r\n' : '-WRONGPASS invalid username-password pair\r\n';
      case 'info':
        return bulk('redis_version:7.0.0\r\nloading:0\r\n');
      case 'ping':
        return '+PONG\r\n';
      case 'evalsha':
        return '-NOSCRIPT No matching script\r\n';
      case 'eval': {
        if (behaviour === 'nonsense') return '+OK\r\n';
        const [, , key = '', points = '', seconds = ''] = args;
        const count = (counts.get(key) ?? 0) + Number(points);
        counts.set(key, count);
        return `*2\r\n:${count}\r\n:${Number(seconds) * 1000}\r\n`;
      }
      default:
        return '+OK\r\n';
    }
  };

  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      for (;;) {
        const [command, rest] = nextCommand(text);
        if (command === undefined) break;
        text = rest;
        const [name = '', ...args] = command;
        commands.push(name.toLowerCase());
        const answer = (): void => {
          socket.write(reply(name.toLowerCase(), args), 'latin1');
        };
        if (behaviour === 'hang') pending.push(answer);
        else answer();
      }
    });
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `redis://127.0.0.1:${port}`,
    counts,
    commands,
    get connections() {
      return connections;
    },
    behave: (next) => {
      behaviour = next;
      if (next !== 'hang') for (const answer of pending.splice(0)) answer();
    },
    start: () => listen(port),
    stop: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function refuses(
  { counting }: { readonly counting?: string },
  command: string,
  [, , key]: readonly string[],
): boolean {
  return counting === undefined || (command.startsWith('eval') && (counting === '*' || counting === key));
}

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

/** Parses the first whole command, an array of bulk strings. Returns it with the rest. */
function nextCommand(text: string): [command: string[] | undefined, rest: string] {
  const [head, length] = /^\*(\d+)\r\n/.exec(text) ?? [];
  let at = head?.length ?? 0;
  const words: string[] = [];
  while (words.length < Number(length ?? Infinity)) {
    const [size, bytes] = /^\$(\d+)\r\n/.exec(text.slice(at)) ?? [];
    const begin = at + (size?.length ?? Infinity);
    at = begin + Number(bytes) + 2;
    if (!(at <= text.length)) return [undefined, text];
    words.push(text.slice(begin, at - 2));
  }
  return [words, text.slice(at)];
}
