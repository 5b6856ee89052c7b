/** Characters that need no escaping. */
const PLAIN = /^[\w.-]+$/;
/** Path separators and control characters, which file names must not contain. */
const NO_NAME = /[\p{Cc}/\\]/gu;

/** `Content-Disposition`, RFC 6266: a plain ASCII name, and for other ids also the exact name by RFC 8187. */
export function contentDisposition(type: 'inline' | 'attachment', id: string, extension: string): string {
  if (PLAIN.test(id)) return `${type}; filename="${id}.${extension}"`;
  const plain = id.replaceAll(/[^\w.-]/g, '_');
  const encoded = encodeURIComponent(id.toWellFormed().replaceAll(NO_NAME, '_')).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${type}; filename="${plain}.${extension}"; filename*=UTF-8''${encoded}.${extension}`;
}
