import type { Format } from './format.ts';
import { jpeg } from './jpeg.ts';
import { pdf } from './pdf.ts';
import { png } from './png.ts';

/** The supported formats, in the order of detection. */
export const formats: readonly Format[] = [png, jpeg, pdf];

export const mediaTypes: readonly string[] = formats.map(({ mediaType }) => mediaType);

/** Detects the format from the bytes alone. */
export function formatOf(bytes: Uint8Array): Format | undefined {
  return formats.find((candidate) => candidate.recognises(bytes));
}

/** The bytes that identify an intact document: all, unless its format needs fewer. */
export function imprint(bytes: Uint8Array): Uint8Array {
  return formatOf(bytes)?.imprint?.(bytes) ?? bytes;
}
