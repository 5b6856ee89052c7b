import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { parseAnswers } from '../e2e/raw-http.ts';
import { AnswerChecker } from './answer-checker.ts';
import type { OpenApi } from './openapi.ts';

/**
 * Looks at every answer of a server as it goes out, whoever asked, and holds it against the document.
 *
 * @returns the complaints so far, to which those to come are added
 */
export function watchAnswers(server: Server, document: OpenApi): readonly string[] {
  const checker = new AnswerChecker(document);
  const complaints: string[] = [];
  const watch = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    const keep = (chunk: unknown): void => {
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk as string));
    };
    const write = response.write.bind(response) as (...args: unknown[]) => boolean;
    const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
    // Node does not keep what it is given here.
    const written: Record<string, unknown> = {};
    const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
    Object.assign(response, {
      writeHead: (...args: unknown[]) => {
        Object.assign(written, args.at(-1));
        return writeHead(...args);
      },
      write: (...args: unknown[]) => {
        keep(args[0]);
        return write(...args);
      },
      end: (...args: unknown[]) => {
        keep(args[0]);
        return end(...args);
      },
    });
    response.once('finish', () => {
      complaints.push(
        ...checker.complaints({
          method: request.method ?? '',
          target: request.url ?? '',
          status: response.statusCode,
          headers: Object.fromEntries(
            Object.entries({ ...response.getHeaders(), ...written }).map(([name, value]) => [
              name.toLowerCase(),
              String(value),
            ]),
          ),
          // Node leaves the body of an answer to HEAD out, whatever it is given.
          body: request.method === 'HEAD' ? Buffer.alloc(0) : Buffer.concat(chunks),
        }),
      );
    });
  };
  // What is no request that can be read is answered right on the socket.
  server.prependListener('connection', (socket: Socket) => {
    const end = socket.end.bind(socket) as (...args: unknown[]) => Socket;
    Object.assign(socket, {
      end: (...args: unknown[]) => {
        const [raw] = args;
        for (const answer of typeof raw === 'string' ? parseAnswers(Buffer.from(raw), false).answers : []) {
          complaints.push(...checker.complaints({ ...answer, method: 'unreadable', target: '' }));
        }
        return end(...args);
      },
    });
  });
  server.prependListener('request', watch);
  server.prependListener('checkExpectation', watch);
  return complaints;
}
