import { connect, type Socket } from 'node:net';

export interface Answer {
  /** 0 when there was none. */
  readonly status: number;
  /** Of the body. */
  readonly bytes: number;
  /** Why it does not count, when it was no 200 or did not come whole. */
  readonly failure?: string;
}

type OnAnswer = (answer: Answer) => void;

const END_OF_HEAD = Buffer.from('\r\n\r\n');
/** All connections read into it, one after the other: what they bring is counted, not kept. */
const INTO = Buffer.allocUnsafe(256 * 1024);

/**
 * One keep-alive connection that asks one thing at a time. It reads no more of an answer than it must, so that it costs
 * a fraction of what the proxies cost: the status, Content-Length, which every answer needs, and how much comes.
 */
export class LoadConnection {
  readonly #port: number;
  #socket: Socket | undefined;
  #onAnswer: OnAnswer | undefined;
  /** What there is of the answer's head; empty once it is over. */
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
        buffer: INTO,
        callback: (size: number): boolean => {
          this.#read(INTO.subarray(0, size));
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

  /** Sends the request, head and all; the next one may go out once this one is answered. */
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
    // The end of the head may be cut in two, where only the whole text shows it.
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

  /** Whatever else comes on this connection cannot be told apart from the answer. */
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
