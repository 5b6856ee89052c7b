import { expect } from '@jest/globals';
import type { Verdict, VerifyOptions } from '../format.ts';
import { pdf } from '../pdf.ts';
import { pages, PdfBuilder } from './build.fixture.ts';

export const deep: VerifyOptions = { level: 'deep', units: 2 ** 21 };
export const structure: VerifyOptions = { level: 'structure', units: 2 ** 21 };
export const intact = { intact: true, complete: true };

export function verify(content: string | Uint8Array | PdfBuilder, options = deep): Verdict {
  if (content instanceof PdfBuilder) return pdf.verify(content.bytes(), options);
  return pdf.verify(typeof content === 'string' ? Buffer.from(content, 'latin1') : content, options);
}

export function damaged(reason: string): unknown {
  return expect.objectContaining({ intact: false, reason });
}

/** The document with one part replaced. */
export function exchanged(builder: PdfBuilder, from: string, to: string): string {
  const content = builder.bytes().toString('latin1');
  expect(content).toContain(from);
  return content.replace(from, () => to);
}

export function withObject(body: string): PdfBuilder {
  return pages(new PdfBuilder()).object(5, body).table().end();
}

export function withStream(data: Uint8Array, entries: string, length?: number | string): PdfBuilder {
  return pages(new PdfBuilder())
    .rawStream(5, data, entries, length)
    .object(6, String(data.length))
    .object(7, '/FlateDecode')
    .object(8, '[/ASCIIHexDecode/FlateDecode]')
    .table()
    .end();
}
