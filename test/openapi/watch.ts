import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { parseAnswers } from '../e2e/raw-http.ts';
import { AnswerChecker } from './answer-checker.ts';
import type { OpenApi } from './openapi.ts';

/**
 * Checks every answer of a server against the document.
 *
 * @returns the errors so far; later ones are added to this list
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
    // Node does not store the headers of writeHead.
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
          // Node omits the body of an answer to HEAD.
          body: request.method === 'HEAD' ? Buffer.alloc(0) : Buffer.concat(chunks),
        }),
      );
    });
  };
  // Node answers an unreadable request directly on the socket.
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
