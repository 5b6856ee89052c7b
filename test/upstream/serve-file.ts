import type { IncomingMessage, ServerResponse } from 'node:http';

export interface ServedFile {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly lastModified: Date;
}

/**
 * Answers like Go's http.ServeFile for every method: Last-Modified and If-Modified-Since, Range and If-Range, HEAD,
 * and the redirect from index.html. A request for several ranges gets the whole file.
 */
export function serveFile(request: IncomingMessage, response: ServerResponse, file: ServedFile): void {
  const [path = '/', query] = (request.url ?? '/').split('?', 2);
  if (path.split('/').includes('..')) {
    sendText(response, 400, 'invalid URL path');
    return;
  }
  if (path.endsWith('/index.html')) {
    response
      .writeHead(301, { Location: query === undefined ? './' : `./?${query}`, 'Content-Length': 0 })
      .end();
    return;
  }

  const lastModified = file.lastModified.toUTCString();
  response.setHeader('Last-Modified', lastModified);
  const { range, 'if-range': ifRange, 'if-none-match': tag, 'if-modified-since': since } = request.headers;
  const reads = request.method === 'GET' || request.method === 'HEAD';
  // This server has no entity tags. With If-None-Match, Go ignores the date (RFC 9110, section 13.2.2).
  if (reads && tag === undefined && since !== undefined && file.lastModified.getTime() <= Date.parse(since)) {
    response.writeHead(304).end();
    return;
  }

  const { bytes, mediaType } = file;
  const part = ifRange === undefined || ifRange === lastModified ? parseRange(range, bytes.length) : 'whole';
  if (part === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${bytes.length}`);
    sendText(response, 416, 'invalid range: failed to overlap');
    return;
  }
  const { first, last } = part === 'whole' ? { first: 0, last: bytes.length - 1 } : part;
  if (part !== 'whole') response.setHeader('Content-Range', `bytes ${first}-${last}/${bytes.length}`);
  response.writeHead(part === 'whole' ? 200 : 206, {
    'Accept-Ranges': 'bytes',
    'Content-Length': last - first + 1,
    'Content-Type': mediaType,
  });
  response.end(bytes.subarray(first, last + 1));
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  const body = `${text}\n`;
  response
    .writeHead(status, {
      'Content-Length': Buffer.byteLength(body),
      'Content-Type': 'text/plain; charset=utf-8',
    })
    .end(body);
}

/** Parses a single range (RFC 9110, section 14.1.2). */
function parseRange(
  header: string | undefined,
  size: number,
): { readonly first: number; readonly last: number } | 'whole' | 'unsatisfiable' {
  if (header === undefined || header.includes(',')) return 'whole';
  const [, from = '', to = ''] = /^bytes= *(\d*) *- *(\d*) *$/.exec(header) ?? [];
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return (from === '' && to === '') || first > last ? 'unsatisfiable' : { first, last };
}
