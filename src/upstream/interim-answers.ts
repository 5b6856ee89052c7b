import type { Socket } from 'node:net';

/** RFC 9112 section 4: a status from 100 to 199. 101 ends HTTP on the connection, so the parser must reject it. */
const INTERIM = /^HTTP\/1\.[01] 1(?!01)\d\d/;
const STATUS_LENGTH = 'HTTP/1.1 100'.length;
const END_OF_HEAD = '\r\n\r\n';
/** Where the status begins, and what it begins with. */
const STATUS_AT = 'HTTP/1.1 '.length;
const ONE = 0x31;

/**
 * Skips interim answers in read(), from which the parser gets its input. RFC 9110 section 15.2: a client must accept
 * any number of them, even unsolicited, and may ignore them. undici closes a connection on 100 (Continue).
 * @param maxHeadBytes the maximum size of an interim answer in bytes; a larger one goes to the parser
 */
export function skipInterimAnswers(socket: Socket, maxHeadBytes: number): void {
  const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
  const write = socket.write.bind(socket) as (...arguments_: unknown[]) => boolean;
  // A write() starts a request. Only before its answer: the same characters may occur inside a document.
  let isAnswerDue = false;
  let held: Buffer | undefined;
  socket.write = (...arguments_: unknown[]) => {
    isAnswerDue = true;
    return write(...arguments_);
  };
  socket.read = (size?: number): Buffer | null => {
    for (;;) {
      const chunk = read(size);
      if (chunk === null || !isAnswerDue) return chunk;
      // The usual case: the status does not start with 1.
      if (held === undefined && chunk.length > STATUS_AT && chunk[STATUS_AT] !== ONE) {
        isAnswerDue = false;
        return chunk;
      }
      const bytes = held === undefined ? chunk : Buffer.concat([held, chunk]);
      const rest = behindInterimAnswers(bytes);
      held = rest.length > 0 && mayBeInterim(rest) && rest.length <= maxHeadBytes ? rest : undefined;
      if (held !== undefined || rest.length === 0) continue;
      isAnswerDue = false;
      return rest;
    }
  };
}

/** The bytes after all complete interim answers. */
function behindInterimAnswers(bytes: Buffer): Buffer {
  let rest = bytes;
  while (INTERIM.test(rest.toString('latin1', 0, STATUS_LENGTH))) {
    const end = rest.indexOf(END_OF_HEAD);
    if (end === -1) break;
    rest = rest.subarray(end + END_OF_HEAD.length);
  }
  return rest;
}

function mayBeInterim(bytes: Buffer): boolean {
  const begin = bytes.toString('latin1', 0, STATUS_LENGTH);
  return INTERIM.test(begin + 'HTTP/1.1 100'.slice(begin.length));
}
