import { connect, type Socket } from 'node:net';

export interface Answer {
  /** 0 if there was no answer. */
  readonly status: number;
  /** The size of the body. */
  readonly bytes: number;
  /** The error if the status is not 200 or the answer is incomplete. */
  readonly failure?: string;
}

type OnAnswer = (answer: Answer) => void;

const END_OF_HEAD = Buffer.from('\r\n\r\n');
/** A buffer for all connections, because bytes are counted and not kept. */
const RECEIVE_BUFFER = Buffer.allocUnsafe(256 * 1024);

/**
 * A keep-alive connection that sends one request at a time. To cost much less than the proxies, it reads only the
 * status, Content-Length, which every answer must have, and the number of bytes.
 */
export class LoadConnection {
  readonly #port: number;
  #socket: Socket | undefined;
  #onAnswer: OnAnswer | undefined;
  /** The head of the answer so far. */
  #head = '';
  #status = 0;
  #bytes = 0;
  #missing = 0;
  #inBody = false;

  constructor(port: number) {
    this.#port = port;
  }

  connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      const onread = {
        buffer: RECEIVE_BUFFER,
        callback: (size: number): boolean => {
          this.#read(RECEIVE_BUFFER.subarray(0, size));
          return true;
        },
      };
      const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true, onread });
      this.#socket = socket;
      socket.once('connect', resolve);
      socket.once('error', reject);
      socket.once('close', () => this.#closed(socket));
    });
  }

  /** Sends a request with its headers. Call it again only after the answer. */
  ask(request: string, onAnswer: OnAnswer): void {
    this.#onAnswer = onAnswer;
    this.#head = '';
    this.#inBody = false;
    this.#bytes = 0;
    this.#status = 0;
    if (this.#socket === undefined) this.#askOnNewSocket(request);
    else this.#socket.write(request, 'latin1');
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  #askOnNewSocket(request: string): void {
    this.connect().then(
      () => this.#socket?.write(request, 'latin1'),
      (error: unknown) => this.#answered(String(error)),
    );
  }

  #read(chunk: Buffer): void {
    if (this.#inBody) {
      this.#count(chunk.length);
      return;
    }
    const end = chunk.indexOf(END_OF_HEAD);
    // If the end of the head is split over two chunks, only the joined text contains it.
    this.#head += chunk.toString('latin1', 0, end < 0 ? chunk.length : end + END_OF_HEAD.length);
    const cut = end < 0 ? this.#head.indexOf('\r\n\r\n') : -1;
    if (end < 0 && cut < 0) return;
    const length = /^content-length: *(\d+)\r$/im.exec(this.#head)?.[1];
    this.#status = Number(this.#head.slice(9, 12));
    if (length === undefined) {
      this.#fail(`an answer without Content-Length: ${this.#head}`);
      return;
    }
    this.#missing = Number(length);
    this.#inBody = true;
    this.#count(
      end < 0 ? this.#head.length - cut - END_OF_HEAD.length : chunk.length - end - END_OF_HEAD.length,
    );
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#missing -= bytes;
    if (this.#missing > 0) return;
    if (this.#missing < 0) this.#fail('more came than Content-Length says');
    else this.#answered(this.#status === 200 ? undefined : `status ${this.#status}`);
  }

  /** Closes the connection, because later bytes could belong to this answer or the next. */
  #fail(failure: string): void {
    this.close();
    this.#answered(failure);
  }

  #closed(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#answered('the connection was closed');
  }

  #answered(failure: string | undefined): void {
    const onAnswer = this.#onAnswer;
    this.#onAnswer = undefined;
    onAnswer?.({ status: this.#status, bytes: this.#bytes, ...(failure !== undefined && { failure }) });
  }
}
