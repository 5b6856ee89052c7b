import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { compressedDocument, document, pages, PdfBuilder } from './pdf/build.fixture.ts';
import { damaged, deep, exchanged, intact, structure, verify } from './pdf/verify.fixture.ts';
import { pdf } from './pdf.ts';

const samples = new URL('../../../shared/samples/', import.meta.url);

const text = Buffer.from('some text, some text, some more text. '.repeat(40));

function updated(): PdfBuilder {
  const builder = document();
  return builder
    .object(3, '<</Type/Page/Parent 2 0 R>>')
    .table({ extra: `/Prev ${builder.section}` })
    .end();
}

/** The first page and its section, which has the offset of the other, come first: a linearised file (Annex F). */
function linearised(): PdfBuilder {
  const build = (main: number): { builder: PdfBuilder; main: number } => {
    const builder = pages(new PdfBuilder()).table({ extra: `/Prev ${String(main).padStart(9, '0')}` });
    const first = builder.section;
    builder
      .end(0)
      .object(5, '(the rest)')
      .table({ numbers: [5] });
    return { main: builder.section, builder: builder.end(first) };
  };
  return build(build(0).main).builder;
}

/** Object 6, a /Length, is free in the table, and is in the object stream that only new readers use. */
function hybrid(): PdfBuilder {
  const builder = pages(new PdfBuilder())
    .rawStream(8, text, '', '6 0 R')
    .objectStream(5, new Map([[6, String(text.length)]]))
    .xrefStream(7, { numbers: [6] });
  const hidden = builder.section;
  return builder.table({ numbers: [1, 2, 3, 4, 5, 6, 7, 8], extra: `/XRefStm ${hidden}` }).end();
}

describe('pdf', () => {
  it('should recognise a header in the first 1,024 bytes', () => {
    expect(pdf.recognises(document().bytes())).toBe(true);
    expect(pdf.recognises(document({ leading: ' '.repeat(1023) }).bytes())).toBe(true);
    expect(pdf.recognises(document({ leading: ' '.repeat(1024) }).bytes())).toBe(false);
    expect(pdf.recognises(Buffer.alloc(0))).toBe(false);
  });

  describe('the file', () => {
    it.each([
      ['a table', document()],
      ['an incremental update', updated()],
      ['two sections in the order of a linearised file', linearised()],
      ['a hybrid cross-reference', hybrid()],
      ['a cross-reference stream and an object stream', compressedDocument()],
    ])('should accept %s', (_, builder) => {
      expect(verify(builder)).toEqual(intact);
      expect(verify(builder, structure)).toEqual(intact);
    });

    it.each(['\n', '\r\n', '\r'])('should accept lines that end in %j', (eol) => {
      expect(verify(document({ eol }))).toEqual(intact);
    });

    it('should accept bytes before the header, counted in the offsets or not', () => {
      const leading = 'Content-Type: application/pdf\r\n\r\n';
      expect(verify(document({ leading }))).toEqual(intact);
      expect(verify(leading + document().bytes().toString('latin1'))).toEqual(intact);
    });

    it.each(['\r\n\r\n', '\0'.repeat(1000), ' \n\u0003\u0001 binary padding'])(
      'should accept %j at the end',
      (padding) => {
        expect(verify(document().raw(padding))).toEqual(intact);
      },
    );

    it('should reject a document without a header', () => {
      expect(verify('')).toEqual(damaged('header-missing'));
      expect(verify('<html>')).toEqual(damaged('header-missing'));
      expect(verify(exchanged(document(), '%PDF-', '%PDE-'))).toEqual(damaged('header-missing'));
    });

    it('should reject every prefix that lacks the end', () => {
      for (const builder of [document(), compressedDocument(), hybrid(), linearised()]) {
        const bytes = builder.bytes();
        for (let length = 0; length < bytes.length - 1; length++) {
          expect(verify(bytes.subarray(0, length))).toMatchObject({ intact: false });
        }
      }
    });

    it('should reject an update that was cut off', () => {
      const bytes = updated().bytes();
      const first = document().length;
      expect(verify(bytes.subarray(0, first))).toEqual(intact);
      for (let length = first + 1; length < bytes.length - 1; length++) {
        expect(verify(bytes.subarray(0, length))).toMatchObject({ intact: false });
      }
    });

    it('should reject an error page after the end', () => {
      expect(verify(document().raw('<h1>502 Bad Gateway</h1>'))).toEqual(damaged('trailing-data'));
    });

    it('should reject a document with a repeated end', () => {
      const bytes = document().bytes();
      expect(verify(Buffer.concat([bytes, bytes.subarray(-200)]))).toMatchObject({ intact: false });
      expect(verify(document().end(document().section))).toEqual(damaged('trailing-data'));
    });

    it('should reject a trip through a text decoder', () => {
      expect(verify(Buffer.from(document().bytes().toString('utf8')))).toMatchObject({ intact: false });
    });

    it('should reject a missing, repeated or foreign part', () => {
      const bytes = document().bytes();
      const half = bytes.length >> 1;
      const other = compressedDocument().bytes();
      for (const parts of [
        [bytes.subarray(0, half), bytes.subarray(half + 1)],
        [bytes.subarray(0, half), bytes.subarray(half - 1)],
        [bytes.subarray(0, half), other.subarray(other.length >> 1)],
      ]) {
        expect(verify(Buffer.concat(parts))).toMatchObject({ intact: false });
      }
    });
  });

  if (existsSync(samples))
    describe('the real documents', () => {
      it('should accept dummy.pdf and reject corrupt-dummy.pdf', () => {
        for (const options of [deep, structure]) {
          expect(verify(readFileSync(new URL('dummy.pdf', samples)), options)).toEqual(intact);
          expect(verify(readFileSync(new URL('corrupt-dummy.pdf', samples)), options)).toEqual(
            damaged('xref-missing'),
          );
        }
      });

      it('should reject every prefix of dummy.pdf that ends before its end', () => {
        const bytes = readFileSync(new URL('dummy.pdf', samples));
        const end = bytes.lastIndexOf('%%EOF') + 5;
        for (let length = 0; length < end; length++) {
          expect(verify(bytes.subarray(0, length), structure)).toMatchObject({ intact: false });
        }
      });

      it('should find at least 92 % of single flipped bits in dummy.pdf', () => {
        const bytes = readFileSync(new URL('dummy.pdf', samples));
        const step = 13;
        let tried = 0;
        let found = 0;
        for (let bit = 0; bit < 8 * bytes.length; bit += step, tried++) {
          const at = bit >> 3;
          const byte = bytes[at] ?? 0;
          bytes[at] = byte ^ (1 << (bit & 7));
          if (!verify(bytes).intact) found++;
          bytes[at] = byte;
        }
        expect(found / tried).toBeGreaterThan(0.92);
      });
    });
});
