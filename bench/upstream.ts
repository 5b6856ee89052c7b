/**
 * The upstream of the proxies, a separate process. To cost little, it writes prepared bytes directly to the socket.
 * It supports GET and HEAD, and every path is a document.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { drawWeighted, seededRandom } from '../test/upstream/random.ts';
import { serveCommands } from './helper-process.ts';
import { type Body, damagedPdfs, type NextBody, pdfs, pngs, type Variety } from './upstream-documents.ts';

/** The documents of the answers from now on. */
export interface Serving {
  readonly documents: 'pdf' | 'png' | 'mix';
  readonly variety: Variety;
  /** The size of the PDF and the PNG. The default is the sizes of the real ones. */
  readonly bytes?: number;
}

const PDF_BYTES = 13_000;
const PNG_BYTES = 48_000;

function nextBodyOf({ documents, variety, bytes }: Serving): NextBody {
  if (documents === 'pdf') return pdfs(bytes ?? PDF_BYTES, variety);
  if (documents === 'png') return pngs(bytes ?? PNG_BYTES, variety);
  // Draws them like dummy-pdf-or-png.
  const random = seededRandom(1);
  const mix = [
    { next: pngs(PNG_BYTES, variety), weight: 5 },
    { next: pdfs(PDF_BYTES, variety), weight: 4 },
    { next: damagedPdfs(PDF_BYTES), weight: 1 },
  ];
  return () => drawWeighted(mix, random).next();
}

/** Caches prepared documents, because different ones take a second. */
const made = new Map<string, NextBody>();

function documentsFor(serving: Serving): NextBody {
  const key = JSON.stringify(serving);
  const known = made.get(key);
  if (known !== undefined) return known;
  // Large documents would fill the memory in a series of sizes.
  if (serving.bytes !== undefined) made.clear();
  const next = nextBodyOf(serving);
  made.set(key, next);
  return next;
}

const DATE = new Date().toUTCString();
const heads = new Map<string, Buffer>();

/** The headers of Go's http.ServeFile. */
function headOf({ mediaType, bytes }: Body): Buffer {
  const key = `${mediaType} ${bytes}`;
  let head = heads.get(key);
  if (head === undefined) {
    head = Buffer.from(
      `HTTP/1.1 200 OK\r\nAccept-Ranges: bytes\r\nContent-Length: ${bytes}\r\nContent-Type: ${mediaType}\r\n` +
        `Last-Modified: Thu, 29 Feb 2024 12:00:00 GMT\r\nDate: ${DATE}\r\n\r\n`,
      'latin1',
    );
    heads.set(key, head);
  }
  return head;
}

let next: NextBody | undefined;

function answer(socket: Socket, method: string): void {
  if (next === undefined) throw new Error('it was not told what to serve');
  const body = next();
  if (method === 'HEAD') {
    socket.write(headOf(body));
    return;
  }
  socket.cork();
  socket.write(headOf(body));
  for (const piece of body.pieces) socket.write(piece);
  socket.uncork();
}

const END_OF_HEAD = '\r\n\r\n';

const server = createServer({ noDelay: true }, (socket) => {
  let received = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text;
    for (let end = received.indexOf(END_OF_HEAD); end >= 0; end = received.indexOf(END_OF_HEAD)) {
      answer(socket, received.slice(0, received.indexOf(' ')));
      received = received.slice(end + END_OF_HEAD.length);
    }
  });
  socket.on('error', () => socket.destroy());
});

serveCommands(async (serving: Serving) => {
  next = documentsFor(serving);
  return Promise.resolve((server.address() as AddressInfo).port);
});
server.listen(0, '127.0.0.1');
