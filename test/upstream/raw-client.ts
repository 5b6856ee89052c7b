import { connect } from 'node:net';

/** An answer as it stood on the wire. */
export interface RawAnswer {
  readonly statusLine: string;
  /** Header lines in order, repeated ones too. */
  readonly headers: readonly string[];
  /** Everything behind the first empty line, undecoded. */
  readonly body: Buffer;
  /** How it ended: the server closed or reset the connection, or fell silent with the connection open. */
  readonly end: 'closed' | 'reset' | 'silent';
  /** From the first to the last byte. */
  readonly durationMs: number;
}

export interface RawOptions {
  readonly method?: string;
  readonly path?: string;
  /** Without the last line feed: `['Range: bytes=0-1']`. */
  readonly headers?: readonly string[];
  /** Does not ask the server to close the connection behind its answer. */
  readonly keepAlive?: boolean;
  /** So long without a byte counts as silence; default 3,000. */
  readonly silenceMs?: number;
  /** Hang up once so many bytes have come. */
  readonly maxBytes?: number;
}

/** Sends one request over a connection of its own, and takes down what comes back without interpreting it. */
export function rawRequest(port: number, options: RawOptions = {}): Promise<RawAnswer> {
  const { method = 'GET', path = '/1', headers = [], keepAlive = false } = options;
  const { silenceMs = 3_000, maxBytes = Infinity } = options;
  const connection = keepAlive ? [] : ['Connection: close'];
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let first = 0;
    let last = 0;
    const socket = connect(port, '127.0.0.1');
    const finish = (end: RawAnswer['end']): void => {
      socket.destroy();
      resolve({ ...parse(Buffer.concat(chunks)), end, durationMs: last - first });
    };
    socket.setTimeout(silenceMs, () => {
      finish('silent');
    });
    socket.on('data', (chunk: Buffer) => {
      last = performance.now();
      if (length === 0) first = last;
      chunks.push(chunk);
      length += chunk.length;
      if (length >= maxBytes) finish('silent');
    });
    socket.on('end', () => {
      finish('closed');
    });
    socket.on('error', () => {
      finish('reset');
    });
    socket.write(
      [`${method} ${path} HTTP/1.1`, 'Host: upstream.test', ...connection, ...headers, '', ''].join('\r\n'),
    );
  });
}

function parse(bytes: Buffer): Pick<RawAnswer, 'statusLine' | 'headers' | 'body'> {
  const end = bytes.indexOf('\r\n\r\n');
  const head = bytes.toString('latin1', 0, end === -1 ? bytes.length : end);
  const [statusLine = '', ...headers] = head.split('\r\n');
  return { statusLine, headers, body: end === -1 ? Buffer.alloc(0) : bytes.subarray(end + 4) };
}
