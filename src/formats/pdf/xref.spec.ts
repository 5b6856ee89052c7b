import { describe, expect, it } from '@jest/globals';
import { compressedDocument, document, pages, PdfBuilder } from './build.fixture.ts';
import { damaged, exchanged, intact, structure, verify } from './verify.fixture.ts';

describe('ends of documents that strict readers take', () => {
  const whole = (): string => pages(new PdfBuilder()).table().end().bytes().toString('latin1');

  it.each([
    ['a second %%EOF', (text: string) => `${text.trimEnd()}\n%%EOF\n`],
    ['a comment before %%EOF', (text: string) => text.replace('%%EOF', '% written by hand\n%%EOF')],
    ['a /Prev of 0', (text: string) => text.replace('/Root', '/Prev 0/Root')],
  ])('should accept %s', (_, change) => {
    expect(verify(change(whole()))).toEqual(intact);
  });
});

describe('the cross-reference', () => {
  it('should accept several subsections, free entries, and deleted objects that are in use at offset 0', () => {
    const builder = pages(new PdfBuilder())
      .object(9, '(alone)')
      .table({ numbers: [1, 2, 3, 4, 7, 9] })
      .end();
    expect(verify(builder)).toEqual(intact);
    expect(verify(exchanged(builder, '0000000000 00000 f', '0000000000 00000 n'))).toEqual(intact);
  });

  it('should accept a /Size that is not one more than the highest number', () => {
    expect(verify(exchanged(document(), '/Size 5', '/Size 2'))).toEqual(intact);
  });

  const displaced = (number: number, by: number): string => {
    const offset = (more: number): string =>
      String((document().offsets.get(number) ?? 0) + more).padStart(10, '0');
    return exchanged(document(), offset(0), offset(by));
  };

  it('should reject an offset that leads into its object', () => {
    expect(verify(displaced(3, 1), structure)).toEqual(damaged('xref-entry-mismatch'));
  });

  it('should accept an offset that leads to the white space or the comment before its object', () => {
    expect(verify(displaced(3, -1), structure)).toEqual(intact);
    const commented = pages(new PdfBuilder());
    const at = commented.length;
    commented.line('% a comment').object(5, '(x)').offsets.set(5, at);
    expect(verify(commented.table().end())).toEqual(intact);
  });

  it('should reject offsets that an inserted byte made one too small, including that of the section', () => {
    const whole = document().bytes().toString('latin1');
    expect(verify(whole.replace('\n4 0 obj', '\n\n4 0 obj'))).toEqual(damaged('xref-entry-mismatch'));
  });

  it('should accept a startxref that leads to a comment before the section', () => {
    const builder = pages(new PdfBuilder());
    const at = builder.length;
    expect(verify(builder.line('% the end').table().end(at))).toEqual(intact);
  });

  it('should accept an object that an update freed, but not another object at its offset', () => {
    const builder = pages(new PdfBuilder()).object(5, '(old)').table().end();
    const offset = String(builder.offsets.get(5)).padStart(10, '0');
    const update = (section: number, entry: string): string =>
      `xref\n5 1\n${entry} 00000 f \ntrailer\n<</Size 6/Root 1 0 R/Prev ${section}>>\n`;
    const freed = (entry: string): PdfBuilder => {
      const copy = pages(new PdfBuilder()).object(5, '(old)').table().end();
      const start = copy.length;
      return copy.raw(update(copy.section, entry)).end(start);
    };
    expect(verify(freed(offset))).toEqual(intact);
    expect(verify(exchanged(builder, `${offset} 00000 n`, `${offset} 00000 f`))).toEqual(
      damaged('xref-entry-mismatch'),
    );
  });

  it('should reject an entry with the number or generation of another object', () => {
    expect(verify(exchanged(document(), '3 0 obj', '5 0 obj'))).toEqual(damaged('xref-entry-mismatch'));
    expect(verify(exchanged(document(), '3 0 obj', '3 1 obj'))).toEqual(damaged('xref-entry-mismatch'));
  });

  it('should reject a free entry that points at its object', () => {
    expect(verify(exchanged(document(), '00000 n', '00000 f'))).toEqual(damaged('xref-entry-mismatch'));
  });

  it.each([
    ['0 1\n', '0 x\n'],
    ['65535 f', '65535 g'],
    ['65535 f', '6553  f'],
    [' 65535', '065535'],
    ['f \n', 'f\u00a0\n'],
  ])('should reject a table with %j become %j', (from, to) => {
    expect(verify(exchanged(document(), from, to), structure)).toEqual(damaged('xref-malformed'));
  });

  it('should reject sections at wrong offsets', () => {
    const builder = document();
    expect(verify(exchanged(builder, `startxref\n${builder.section}`, 'startxref\n9'))).toEqual(
      damaged('xref-missing'),
    );
    expect(verify(pages(new PdfBuilder()).table({ extra: '/Prev 7' }).end())).toEqual(
      damaged('xref-missing'),
    );
    expect(verify(pages(new PdfBuilder()).table({ extra: '/XRefStm 7' }).end())).toEqual(
      damaged('xref-missing'),
    );
  });

  it('should reject a trailer without its required entries', () => {
    expect(verify(exchanged(document(), '/Size', '/Sire'))).toEqual(damaged('trailer-malformed'));
    expect(verify(exchanged(document(), '/Size 5', '/Info 5'))).toEqual(damaged('trailer-malformed'));
    expect(verify(exchanged(document(), '/Root 1 0 R', '/Root 1 0  '))).toEqual(damaged('object-malformed'));
    expect(verify(exchanged(document(), '/Root 1 0 R', '/Root (1 0)'))).toEqual(damaged('trailer-malformed'));
    expect(verify(exchanged(document(), '/Root 1', '/Root 8'))).toEqual(damaged('catalog-missing'));
    expect(verify(exchanged(document(), '/Root 1', '/Root 3'))).toEqual(damaged('catalog-missing'));
    expect(verify(exchanged(compressedDocument(), '/Root 1', '/Root 2'))).toEqual(damaged('catalog-missing'));
  });

  it.each(['none', 'tiff', 0, 1, 2, 3, 4] as const)('should read a stream with predictor %s', (predictor) => {
    const builder = compressedDocument({ predictor });
    expect(verify(builder)).toEqual(intact);
    builder.offsets.set(4, 17);
    expect(verify(builder.xrefStream(6, { predictor, numbers: [1, 2, 3, 4, 5, 6] }).end())).toEqual(
      damaged('xref-entry-mismatch'),
    );
  });

  it.each([
    ['/ASCIIHexDecode', (data: Buffer) => Buffer.from(`${data.toString('hex')}>`)],
    ['/AHx', (data: Buffer) => Buffer.from(`${data.toString('hex').toUpperCase()} >`)],
  ])('should read a stream with %s', (filter, encode) => {
    expect(verify(compressedDocument({ armour: { filter, encode } }))).toEqual(intact);
  });

  it('should not check a section whose filter is not decoded', () => {
    const builder = compressedDocument({ armour: { filter: '/BrotliDecode', encode: (data) => data } });
    expect(verify(builder)).toEqual({ intact: true, complete: false, unchecked: ['filter'] });
  });

  it('should ignore the entry of a cross-reference stream for itself', () => {
    const copy = pages(new PdfBuilder());
    const start = copy.length;
    const rows = [1, 2, 3, 4].map((number) => copy.offsets.get(number) ?? 0);
    const data = Buffer.from([...rows, 9].flatMap((offset) => [1, offset >> 8, offset & 0xff]));
    copy.rawStream(5, data, '/Type/XRef/Size 6/Root 1 0 R/W[1 2 0]/Index[1 5]').end(start);
    expect(verify(copy)).toEqual(intact);
  });

  it('should read fields of any width', () => {
    expect(
      verify(
        pages(new PdfBuilder())
          .xrefStream(5, { widths: [0, 2, 0] })
          .end(),
      ),
    ).toEqual(intact);
    expect(verify(compressedDocument({ widths: [2, 8, 3] }))).toEqual(intact);
  });

  it('should reject a stream with another number of rows than it declares', () => {
    expect(verify(exchanged(compressedDocument(), '/W[1 3 1]', '/W[1 3 3]'))).toEqual(
      damaged('xref-malformed'),
    );
    expect(verify(exchanged(compressedDocument(), '/W[1 3 1]', '/W[0 0 0]'))).toEqual(
      damaged('xref-malformed'),
    );
    expect(verify(exchanged(compressedDocument(), '/W[1 3 1]', '/W[1 3  ]'))).toEqual(
      damaged('xref-malformed'),
    );
    expect(verify(exchanged(compressedDocument(), '/Index[1 6]', '/Index[1 9]'))).toEqual(
      damaged('xref-malformed'),
    );
    expect(verify(exchanged(compressedDocument(), '/Type/XRef', '/Type/Font'))).toEqual(
      damaged('xref-missing'),
    );
  });
});
