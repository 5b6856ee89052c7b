import { connect } from 'node:net';

/** An answer as received, not interpreted. */
export interface RawAnswer {
  readonly statusLine: string;
  /** Header lines in order, including repeated ones. */
  readonly headers: readonly string[];
  /** All bytes after the first empty line, not decoded. */
  readonly body: Buffer;
  /** Whether the server closed or reset the connection, or sent nothing more on the open connection. */
  readonly end: 'closed' | 'reset' | 'silent';
  /** The time from the first to the last byte. */
  readonly durationMs: number;
}

export interface RawOptions {
  readonly method?: string;
  readonly path?: string;
  /** Header lines without line ends: `['Range: bytes=0-1']`. */
  readonly headers?: readonly string[];
  /** Does not send `Connection: close`. */
  readonly keepAlive?: boolean;
  /** The time without a byte that counts as silence. The default is 3,000. */
  readonly silenceMs?: number;
  /** Closes the connection after this many bytes. */
  readonly maxBytes?: number;
}

/** Sends one request over a new connection, and returns the answer without interpreting it. */
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
