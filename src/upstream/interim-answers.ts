import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';

/** RFC 9112 section 4: a status of 100 to 199. 101 ends HTTP on the connection, and is for the parser to refuse. */
const INTERIM = /^HTTP\/1\.[01] 1(?!01)\d\d/;
const STATUS_LENGTH = 'HTTP/1.1 100'.length;
const END_OF_HEAD = '\r\n\r\n';
/** Where the status begins, and what it begins with. */
const STATUS_AT = 'HTTP/1.1 '.length;
const ONE = 0x31;

/**
 * Connections on which interim answers are read over. RFC 9110 section 15.2: a client takes any number of them, asked for
 * or not, and may ignore them. undici ends a connection that brings a 100 (Continue).
 *
 * @param maxHeadBytes how long an interim answer may be; a longer one is left to the parser
 */
export function withoutInterimAnswers(
  connect: buildConnector.connector,
  maxHeadBytes: number,
): buildConnector.connector {
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      skipInterimAnswers(socket, maxHeadBytes);
      callback(null, socket);
    });
  };
}

/** The parser takes what comes by read(), and says by write() that it waits for an answer. */
function skipInterimAnswers(socket: Socket, maxHeadBytes: number): void {
  const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
  const write = socket.write.bind(socket) as (...arguments_: unknown[]) => boolean;
  // Only in front of an answer: the same characters in a document are the document's.
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
      // Nearly always.
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

/** What comes behind the interim answers that are there whole. */
function behindInterimAnswers(bytes: Buffer): Buffer {
  let rest = bytes;
  while (INTERIM.test(rest.toString('latin1', 0, STATUS_LENGTH))) {
    const end = rest.indexOf(END_OF_HEAD);
    if (end === -1) break;
    rest = rest.subarray(end + END_OF_HEAD.length);
  }
  return rest;
}

/** Whether these bytes, of which more may come, begin an interim answer. */
function mayBeInterim(bytes: Buffer): boolean {
  const begin = bytes.toString('latin1', 0, STATUS_LENGTH);
  return INTERIM.test(begin + 'HTTP/1.1 100'.slice(begin.length));
}
