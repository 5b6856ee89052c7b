import type { Format } from './format.ts';
import { jpeg } from './jpeg.ts';
import { pdf } from './pdf.ts';
import { png } from './png.ts';

/** The formats that are delivered, in the order in which they are looked for. */
export const formats: readonly Format[] = [png, jpeg, pdf];

export const mediaTypes: readonly string[] = formats.map(({ mediaType }) => mediaType);

/** Finds the format from the bytes alone. */
export function formatOf(bytes: Uint8Array): Format | undefined {
  return formats.find((candidate) => candidate.recognises(bytes));
}

/** What tells an intact document from every other: all its bytes, unless its format knows better. */
export function imprint(bytes: Uint8Array): Uint8Array {
  return formatOf(bytes)?.imprint?.(bytes) ?? bytes;
}
