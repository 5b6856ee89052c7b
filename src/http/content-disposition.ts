/** What needs no escaping anywhere. */
const PLAIN = /^[\w.-]+$/;
/** No part of a file's name on any system: paths and control characters. */
const NO_NAME = /[\p{Cc}/\\]/gu;

/**
 * `Content-Disposition`, RFC 6266: a name that every client understands, and for an id that it cannot show, the true
 * one beside it in the encoding of RFC 8187.
 */
export function contentDisposition(type: 'inline' | 'attachment', id: string, extension: string): string {
  if (PLAIN.test(id)) return `${type}; filename="${id}.${extension}"`;
  const plain = id.replaceAll(/[^\w.-]/g, '_');
  const encoded = encodeURIComponent(id.toWellFormed().replaceAll(NO_NAME, '_')).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${type}; filename="${plain}.${extension}"; filename*=UTF-8''${encoded}.${extension}`;
}
