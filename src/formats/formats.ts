import type { Format, Verdict, VerifyOptions } from './format.ts';
import { pdf } from './pdf.ts';
import { png } from './png.ts';

/** The formats that are delivered, in the order in which they are looked for. */
export const formats: readonly Format[] = [png, pdf];

export const mediaTypes: readonly string[] = formats.map(({ mediaType }) => mediaType);

/** What a document is, and whether it is whole; no format when it is of none that is delivered. */
export interface Inspection {
  readonly format: Pick<Format, 'name' | 'mediaType' | 'extension'> | undefined;
  readonly verdict: Verdict;
}

function formatOf(bytes: Uint8Array): Format | undefined {
  return formats.find((candidate) => candidate.recognises(bytes));
}

/** What tells an intact document from every other: all its bytes, unless its format knows better. */
export function imprint(bytes: Uint8Array): Uint8Array {
  return formatOf(bytes)?.imprint?.(bytes) ?? bytes;
}

/** Finds the format from the bytes alone, and verifies them. Never throws. */
export function inspect(bytes: Uint8Array, options: VerifyOptions): Inspection {
  const format = formatOf(bytes);
  if (format === undefined) return { format, verdict: { intact: false, reason: 'unsupported' } };
  const { name, mediaType, extension } = format;
  return { format: { name, mediaType, extension }, verdict: format.verify(bytes, options) };
}
