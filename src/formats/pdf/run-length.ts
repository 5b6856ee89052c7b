const END_OF_DATA = 128;

/** Bytes of a line ending, which some writers add after the end-of-data marker. */
const MAX_TRAILING = 2;

/**
 * The length in bytes of decoded RunLengthDecode data (7.4.5); -1 when a run is cut short or data follow the end. As in
 * PDF readers, the end-of-data marker is optional.
 */
export function runLengthBytes(data: Uint8Array): number {
  let length = 0;
  for (let at = 0; at < data.length;) {
    const code = data[at++] ?? 0;
    if (code === END_OF_DATA) return data.length - at <= MAX_TRAILING ? length : -1;
    const isLiteral = code < END_OF_DATA;
    length += isLiteral ? code + 1 : 257 - code;
    at += isLiteral ? code + 1 : 1;
    if (at > data.length) return -1;
  }
  return length;
}

/**
 * Decodes RunLengthDecode data (7.4.5); undefined when they are damaged. `runLengthBytes` gives the memory that this
 * takes.
 */
export function decodeRunLength(data: Uint8Array): Uint8Array | undefined {
  const length = runLengthBytes(data);
  if (length < 0) return undefined;
  const out = new Uint8Array(length);
  for (let at = 0, to = 0; to < length;) {
    const code = data[at++] ?? 0;
    if (code < END_OF_DATA) {
      out.set(data.subarray(at, at + code + 1), to);
      at += code + 1;
      to += code + 1;
    } else {
      out.fill(data[at++] ?? 0, to, (to += 257 - code));
    }
  }
  return out;
}
