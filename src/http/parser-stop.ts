import type { Socket } from 'node:net';

/** Tells Node's parser that what follows is of another protocol, as behind an upgrade: it stops there. */
const STOP_PARSING = 2;

/** What Node's HTTP server has on a socket for its parser. It is no public part of Node. */
interface Parsed {
  readonly parser?: { onIncoming?: (request: { upgrade: boolean }, keepAlive: boolean) => number } | null;
}

/**
 * Reads no further request on a connection of which that is said. Node makes objects of every request in a packet, of which
 * there may be thousands, and keeps them as long as earlier ones are unanswered. Where its parser cannot be got at, they
 * are made: whoever calls this must see to it that nothing else comes of them.
 */
export function stopParsingWhen(socket: Socket, isOver: () => boolean): void {
  const { parser } = socket as Parsed;
  const onIncoming = parser?.onIncoming;
  if (parser == null || onIncoming === undefined) return;
  parser.onIncoming = (request, keepAlive) => {
    if (!isOver()) return onIncoming(request, keepAlive);
    // Node would end a connection whose upgrade nobody listens for, and answers that are owed with it.
    request.upgrade = false;
    return STOP_PARSING;
  };
}
