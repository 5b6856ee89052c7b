import type { Socket } from 'node:net';

/** The return value that stops the parser of Node, as after an upgrade to another protocol. */
const STOP_PARSING = 2;

/** A socket with the parser that Node's HTTP server attaches. Not a public API of Node. */
interface Parsed {
  readonly parser?: { onIncoming?: (request: { upgrade: boolean }, keepAlive: boolean) => number } | null;
}

/**
 * Stops parsing once `isOver` returns true. Otherwise Node creates objects for each request in a packet, perhaps
 * thousands, and keeps them until the earlier ones are answered. Does nothing when the parser is not accessible.
 */
export function stopParsingWhen(socket: Socket, isOver: () => boolean): void {
  const { parser } = socket as Parsed;
  const onIncoming = parser?.onIncoming;
  if (parser == null || onIncoming === undefined) return;
  parser.onIncoming = (request, keepAlive) => {
    if (!isOver()) return onIncoming(request, keepAlive);
    // Without an upgrade listener, Node would close the connection, with its pending answers.
    request.upgrade = false;
    return STOP_PARSING;
  };
}
