import { connect } from 'node:net';

/** One answer as received; header names in lower case, repeated headers joined by a comma. */
export interface RawAnswer {
  readonly status: number;
  readonly version: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Conversation {
  /** Without interim answers (1xx). */
  readonly answers: readonly RawAnswer[];
  readonly interim: readonly number[];
  /** Whether the server closed the connection. Otherwise the client did. */
  readonly closed: boolean;
  readonly bytes: Buffer;
}

export interface ConversationOptions {
  /** The number of answers to wait for; 1 by default. */
  readonly answers?: number;
  /** Waits until the server closes the connection instead. */
  readonly untilClosed?: boolean;
  /** The answers without a body despite their Content-Length: all of them, or those at these positions. */
  readonly toHead?: boolean | readonly number[];
  readonly deadlineMs?: number;
}

/**
 * Sends bytes to a server and collects its answers. Each part is sent in its own packet. Rejects when the expected
 * answers do not arrive before the deadline.
 */
export async function converse(
  port: number,
  parts: string | Buffer | readonly (string | Buffer)[],
  options: ConversationOptions = {},
): Promise<Conversation> {
  const { answers: wanted = 1, untilClosed = false, toHead = false, deadlineMs = 5_000 } = options;
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay();
    let bytes: Buffer = Buffer.alloc(0);
    const finish = (closed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ ...parseAnswers(bytes, toHead), closed, bytes });
    };
    const timer = setTimeout(() => {
      socket.destroy();
      reject(
        new Error(`not answered within ${deadlineMs} ms; what came: ${bytes.toString('latin1', 0, 1_000)}`),
      );
    }, deadlineMs);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (!untilClosed && parseAnswers(bytes, toHead).answers.length >= wanted) finish(false);
    });
    // A reset also ends the connection; 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      finish(true);
    });
    void sendParts(parts);

    async function sendParts(toSend: typeof parts): Promise<void> {
      for (const part of typeof toSend === 'string' || Buffer.isBuffer(toSend) ? [toSend] : toSend) {
        if (socket.destroyed) return;
        socket.write(part);
        await new Promise((sent) => setTimeout(sent, 15));
      }
    }
  });
}

/** Parses the complete answers in these bytes. */
export function parseAnswers(
  bytes: Buffer,
  toHead: boolean | readonly number[],
): Pick<Conversation, 'answers' | 'interim'> {
  const answers: RawAnswer[] = [];
  const interim: number[] = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end === -1) return { answers, interim };
    const [statusLine = '', ...lines] = bytes.toString('latin1', at, end).split('\r\n');
    const [, version = '', status = ''] = /^HTTP\/(\d\.\d) (\d{3}) /.exec(statusLine) ?? [];
    at = end + 4;
    if (status.startsWith('1')) {
      interim.push(Number(status));
      continue;
    }
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
    }
    // RFC 9112 section 6.3: these have no body. Every other answer must have a length; NaN stops the parser here.
    const isToHead = typeof toHead === 'boolean' ? toHead : toHead.includes(answers.length);
    const length =
      isToHead || status === '204' || status === '304' ? 0 : Number(headers['content-length'] ?? NaN);
    if (!(at + length <= bytes.length)) return { answers, interim };
    answers.push({ status: Number(status), version, headers, body: bytes.subarray(at, at + length) });
    at += length;
  }
}
