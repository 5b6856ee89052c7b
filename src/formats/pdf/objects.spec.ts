import { inflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OutOfWork, Work } from '../work.ts';
import { compressedDocument, compressedPages, document, pages, PdfBuilder } from './build.fixture.ts';
import { Damage } from './damage.ts';
import { readObjectStream } from './object-streams.ts';
import { damaged, exchanged, intact, structure, verify, withObject } from './verify.fixture.ts';

describe('objects', () => {
  it.each([
    'null',
    '',
    'true',
    '-.5',
    '(a (nested) string \\) with \\\\ escapes)',
    '<48 65 6c6C 6>',
    '<</A 1/B -2.0/C[1 2 3 0 R 4 0 R]/D<</E(x)>>/F 3 0 R/G null/H/I#20J%comment>>\n>>',
    '[[]<<>>/A(b)<0c>1 0 R true]',
    '<</SubType/Custom/Lane/lengti>>',
  ])('should accept %j', (body) => {
    expect(verify(withObject(body))).toEqual(intact);
  });

  it.each([
    '<</A>>',
    '<</A 1 2>>',
    '<</A(x)(y)>>',
    '<</A 1 R>>',
    '<<1 2>>',
    '<</A 1',
    '<</A 1]',
    '[1 0 R',
    '[>>]',
    '[R]',
    ']',
    '(open',
    '<4g>',
    '<48',
    '1.2.3',
    '--1',
    '+',
    '1e5',
    'tru',
    'nullify',
    '{}',
    '1 2',
  ])('should reject %j', (body) => {
    expect(verify(withObject(body))).toEqual(damaged('object-malformed'));
  });

  it('should reject an object without its end', () => {
    expect(verify(exchanged(document(), 'endobj', 'endobk'))).toEqual(damaged('object-malformed'));
  });

  it('should check objects only at level deep', () => {
    expect(verify(withObject('<</A>>'), structure)).toEqual(intact);
  });

  it('should reject a damaged object that a newer one replaced', () => {
    const builder = withObject('(open');
    expect(
      verify(
        builder
          .object(5, '()')
          .table({ extra: `/Prev ${builder.section}` })
          .end(),
      ),
    ).toEqual(damaged('object-malformed'));
  });
});

describe('object streams', () => {
  const content = (data: string, entries: string): PdfBuilder =>
    pages(new PdfBuilder()).stream(5, data, `/Type/ObjStm${entries}`).table().end();

  it('should accept objects in any order', () => {
    expect(verify(content('7 5 8 0 (b) [a] '.replace('a', '1'), '/N 2/First 8'))).toEqual(intact);
  });

  it.each([
    ['7 0 8 4 (b) [1] ', '/N 3/First 8'],
    ['7 0 8 4 (b) [1] ', '/N 2/First 4'],
    ['7 0 8 4 (b) [1] ', '/N 2/First 99'],
    ['7 0 8 x (b) [1] ', '/N 2/First 8'],
    ['7 0 8 4 (b) [1  ', '/N 2/First 8'],
    ['7 0 8 4 (b) [1] ', '/N 2'],
    ['7 0 8 4 (b) [1] ', '/First 8'],
  ])('should reject %j with %s', (data, entries) => {
    expect(verify(content(data, entries))).toEqual(damaged('object-stream-malformed'));
  });

  it('should have their objects found in any order', () => {
    const bodies = fc.array(fc.constantFrom('null', '[1 2 0 R]', '<</A(x)>>', '-.5', '/B', '<0c>'));
    const ordered = bodies.chain((objects) => {
      const pairs = objects.map((_, i) => `${i + 7} ${objects.slice(0, i).join(' ').length + (i && 1)}`);
      return fc.tuple(fc.constant(objects), fc.shuffledSubarray(pairs, { minLength: pairs.length }));
    });
    fc.assert(
      fc.property(ordered, ([objects, pairs]) => {
        const body = objects.join(' ');
        const header = `${pairs.join(' ')} `;
        const content = Buffer.from(header + body);
        const found = new Map<number, string>();
        readObjectStream(content, objects.length, header.length, 0, new Work(9_000), (number, scanner) =>
          found.set(number, content.toString('latin1', scanner.start, scanner.end)),
        );
        expect(found).toEqual(new Map(objects.map((object, i) => [i + 7, object])));
      }),
    );
  });

  it('should be read completely within their work, or be damaged, for any content', () => {
    const part = fc.constantFrom(...'7 0 8 4 ( ) [ ] << >> /A R 9 999999999999999 % \0'.split(' '), ' ');
    const results = new Set<string>();
    fc.assert(
      fc.property(
        fc.array(part),
        fc.nat(4),
        fc.integer({ min: -1, max: 20 }),
        fc.nat(600),
        (parts, n, first, units) => {
          const content = Buffer.from(parts.join(' '), 'latin1');
          const work = new Work(units);
          let objects = 0;
          try {
            readObjectStream(content, n, first, 7, work, (_, { start, end }) => {
              expect(first <= start && start <= end && end <= content.length).toBe(true);
              objects++;
            });
            expect(objects).toBe(n);
            expect(units - work.remaining).toBeGreaterThanOrEqual(content.length + n);
            results.add('whole');
          } catch (error) {
            if (error instanceof Damage)
              expect(error).toMatchObject({ reason: 'object-stream-malformed', offset: 7 });
            else if (!(error instanceof OutOfWork)) throw error;
            results.add(error.constructor.name);
          }
        },
      ),
      { numRuns: 2_000 },
    );
    expect([...results].sort()).toEqual(['Damage', 'OutOfWork', 'whole']);
  });

  it('should not hide a change of content that their checksum covers', () => {
    const original = compressedDocument().bytes();
    const start = original.indexOf('stream\n', original.indexOf('5 0 obj')) + 'stream\n'.length;
    const end = original.indexOf('\nendstream', start);
    const content = inflateSync(original.subarray(start, end));
    fc.assert(
      fc.property(fc.integer({ min: start, max: end - 1 }), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const bytes = Buffer.from(original);
        bytes[at] = (bytes[at] ?? 0) ^ bits;
        // Some bits have no meaning, such as the compression level in the zlib header (RFC 1950 2.2).
        return !verify(bytes).intact || inflateSync(bytes.subarray(start, end)).equals(content);
      }),
      { numRuns: 500 },
    );
  });

  it('should reject an entry whose object stream is another object', () => {
    const builder = exchanged(compressedDocument(), '/Type/ObjStm', '/Type/Custom');
    expect(verify(builder)).toEqual(damaged('object-stream-malformed'));
  });

  it('should reject an entry whose object stream is missing', () => {
    const builder = compressedPages(new PdfBuilder())
      .xrefStream(6, { numbers: [1, 2, 3, 4, 6] })
      .end();
    expect(verify(builder)).toEqual(damaged('xref-entry-mismatch'));
  });
});

describe('the catalog', () => {
  it.each(['', '/Pages 2', '/Pages 9 0 R', '/Pages<<>>'])(
    'should refer to the page tree, and not by %j',
    (entry) => {
      const catalog = (pagesEntry: string): PdfBuilder =>
        new PdfBuilder()
          .object(1, `<</Type/Catalog${pagesEntry}>>`)
          .object(2, '<</Type/Pages/Kids[]/Count 0>>')
          .table()
          .end();
      expect(verify(catalog('/Pages 2 0 R'))).toEqual(intact);
      expect(verify(catalog(entry))).toEqual(damaged('catalog-missing'));
    },
  );
});

describe('an object that the cross-reference has in an object stream', () => {
  /** A document with these objects in object stream 5. By its cross-reference, object 8 is there too. */
  const withCompressed = (objects: ReadonlyMap<number, string>): PdfBuilder => {
    const builder = pages(new PdfBuilder()).objectStream(5, objects);
    builder.compressed.set(8, [2, 5, 0]);
    return builder.xrefStream(6, { numbers: [1, 2, 3, 4, 5, 6, 8, ...objects.keys()] }).end();
  };

  it('should be in it, including the catalog', () => {
    expect(verify(withCompressed(new Map([[8, '<<>>']])))).toEqual(intact);
    expect(verify(withCompressed(new Map([[9, '<<>>']])))).toEqual(damaged('object-stream-malformed'));
    const builder = new PdfBuilder().objectStream(5, new Map([[7, '<<>>']]));
    builder.compressed.set(1, [2, 5, 0]);
    expect(verify(builder.xrefStream(6, { numbers: [1, 5, 6, 7] }).end())).toEqual(
      damaged('object-stream-malformed'),
    );
  });

  it('should not be in another object stream', () => {
    const builder = pages(new PdfBuilder())
      .objectStream(5, new Map([[8, '<<>>']]))
      .objectStream(7, new Map([[9, '<<>>']]));
    builder.compressed.set(8, [2, 7, 0]);
    expect(verify(builder.xrefStream(6).end())).toEqual(damaged('object-stream-malformed'));
  });

  it('may be missing after an update of its object stream that kept its entry', () => {
    const builder = pages(new PdfBuilder())
      .objectStream(
        5,
        new Map([
          [8, '(x)'],
          [9, '(y)'],
        ]),
      )
      .xrefStream(6);
    const first = builder.section;
    builder.end().objectStream(5, new Map([[9, '(y)']]));
    const updated = builder.xrefStream(7, { numbers: [5, 7, 9], extra: `/Prev ${first}` }).end();
    expect(verify(updated)).toEqual(intact);
  });

  it.each<[string, ReadonlyMap<number, string>]>([
    ['not an integer', new Map([[8, '<<>>']])],
    ['another number', new Map([[8, '3']])],
  ])('should be a valid /Length of the stream that refers to it: %s', (_, objects) => {
    const builder = pages(new PdfBuilder()).rawStream(7, Buffer.from('data'), '', '8 0 R');
    expect(verify(builder.objectStream(5, objects).xrefStream(6).end())).toEqual(
      damaged('stream-length-mismatch'),
    );
  });

  it('should leave a stream unchecked when its /Length cannot be read', () => {
    const objects = Buffer.from('8 0 4');
    const builder = pages(new PdfBuilder())
      .rawStream(7, Buffer.from('data'), '', '8 0 R')
      .rawStream(5, objects, '/Type/ObjStm/N 1/First 4/Filter/BrotliDecode');
    builder.compressed.set(8, [2, 5, 0]);
    expect(verify(builder.xrefStream(6, { numbers: [1, 2, 3, 4, 5, 6, 7, 8] }).end())).toEqual({
      intact: true,
      complete: false,
      unchecked: ['filter'],
    });
  });
});
