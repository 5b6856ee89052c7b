import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Verdict, VerifyOptions } from '../format.ts';
import { pdf } from '../pdf.ts';
import { compressedDocument, document, pages, PdfBuilder } from './build.fixture.ts';

const options: VerifyOptions = { level: 'deep', units: 2 ** 27 };
const rejected = { intact: false };

/** Microseconds of processor time: far more than any document here takes, and far less than quadratic time. */
const BOUND = 5_000_000;

function verify(builder: PdfBuilder): Verdict {
  const bytes = builder.bytes();
  const start = process.cpuUsage();
  const verdict = pdf.verify(bytes, options);
  expect(process.cpuUsage(start).user).toBeLessThan(BOUND);
  return verdict;
}

function repeat(count: number, part: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => part(i)).join('');
}

describe('a hostile document', () => {
  it('should not lead in circles', () => {
    const builder = pages(new PdfBuilder());
    const start = builder.length;
    expect(verify(builder.table({ extra: `/Prev ${start}` }).end())).toMatchObject(rejected);
    expect(verify(compressedDocument({ extra: '/Extends 5 0 R' }))).toMatchObject({ intact: true });

    const first = pages(new PdfBuilder());
    const other = String(first.length + 500);
    first.xrefStream(5, { extra: `/Prev ${other}` }).raw(' '.repeat(Number(other) - first.length));
    expect(verify(first.xrefStream(6, { extra: `/Prev ${first.section}` }).end())).toMatchObject(rejected);
  });

  it('should not have an array that its fonts share read for each font', () => {
    const count = 20_000;
    const builder = new PdfBuilder()
      .object(1, '<</Type/Catalog/Pages 2 0 R>>')
      .object(2, '<</Type/Pages/Kids[3 0 R]/Count 1>>')
      .object(3, '<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources 5 0 R>>')
      .stream(4, 'BT ET')
      .object(
        5,
        `<</Font<<${repeat(count, (i) => `/F${i}<</Type/Font/Subtype/Type0/DescendantFonts 6 0 R>>`)}>>>>`,
      )
      .object(6, `[${'1 '.repeat(count * 10)}]`);
    expect(verify(builder.table().end())).toMatchObject({ intact: true });
  });

  it.each([
    ['a dictionary', `<<${'/A 1 '.repeat(1_000_000)}>>`, '5 0 R'],
    ['the dictionary of a stream', '<<>>', '<<>>', '/A 1 '.repeat(1_000_000)],
  ])('should not take memory in proportion to %s', async (_, five, resources, extra = '') => {
    const bytes = new PdfBuilder()
      .object(1, '<</Type/Catalog/Pages 2 0 R>>')
      .object(2, '<</Type/Pages/Kids[3 0 R]/Count 1>>')
      .object(3, `<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font ${resources}>>>>`)
      .object(4, `<</Length 5 ${extra}>>stream\nBT ET\nendstream`)
      .object(5, five)
      .table()
      .end()
      .bytes();
    const script = `const { parentPort, workerData } = require('node:worker_threads');
      import(workerData.url).then(({ pdf }) => parentPort.postMessage(pdf.verify(workerData.bytes, workerData.options)));`;
    const worker = new Worker(script, {
      eval: true,
      workerData: { url: new URL('../pdf.ts', import.meta.url).href, bytes, options },
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
    });
    // When memory runs out, the worker emits an error instead.
    const [verdict] = (await once(worker, 'message')) as [Verdict];
    await worker.terminate();
    expect(verdict).toMatchObject({ intact: true });
  });

  it('should not lead a /Length in circles', () => {
    const builder = pages(new PdfBuilder()).rawStream(5, Buffer.from('data'), '', '5 0 R').table().end();
    expect(verify(builder)).toMatchObject(rejected);
  });

  it.each([
    ['/Size', { extra: '/Size 999999999999' }],
    ['/W', { extra: '/W[999999999 999999999 999999999]' }],
    ['/Index', { extra: '/Index[0 999999999999]' }],
    ['/Columns', { extra: '/DecodeParms<</Predictor 12/Columns 999999999999>>' }],
    ['/Columns of the TIFF predictor', { extra: '/DecodeParms<</Predictor 2/Columns 999999999999>>' }],
    ['/Prev', { extra: '/Prev 999999999999' }],
    ['a number of 100,000 digits', { extra: `/Prev ${'9'.repeat(100_000)}` }],
  ])('should not take time or memory in proportion to %s', (_, section) => {
    expect(() => verify(compressedDocument(section))).not.toThrow();
  });

  it('should not nest without end', () => {
    for (const body of [
      '['.repeat(100_000),
      '<</A'.repeat(100_000),
      '('.repeat(100_000),
      '['.repeat(501) + ']'.repeat(501),
    ]) {
      expect(verify(pages(new PdfBuilder()).object(5, body).table().end())).toMatchObject(rejected);
    }
    expect(
      verify(
        pages(new PdfBuilder())
          .object(5, '['.repeat(500) + ']'.repeat(500))
          .table()
          .end(),
      ).intact,
    ).toBe(true);
  });

  it('should not have one object checked many times', () => {
    const builder = pages(new PdfBuilder()).object(5, `(${'x'.repeat(1_000_000)})`);
    const start = builder.length;
    builder.table();
    const offset = String(builder.offsets.get(5)).padStart(10, '0');
    const table = builder.bytes().subarray(start).toString('latin1');
    const again = table.replace(
      'trailer',
      () => `${repeat(20_000, () => `5 1\n${offset} 00000 n \n`)}trailer`,
    );
    expect(verify(builder.raw(again).end(builder.length - again.length))).toMatchObject({ intact: true });
  });

  it.each([
    ['strings', '(', ')'],
    ['comments', '%', ''],
    ['comments before a value', '%', '\n1'],
  ])('should not have objects within objects, in %s', (_, open, close) => {
    const builder = pages(new PdfBuilder());
    const count = 50_000;
    for (let number = 10; number < 10 + count; number++) {
      builder.offsets.set(number, builder.length);
      builder.raw(`${number} 0 obj${open}`);
    }
    builder.line(close.repeat(open === '(' ? count : 1)).line('endobj');
    const numbers = [1, 2, 3, 4, ...Array.from({ length: count }, (__, i) => 10 + i)];
    expect(verify(builder.table({ numbers }).end())).toMatchObject(rejected);
  });

  it('should not have sections within sections', () => {
    const builder = pages(new PdfBuilder());
    const offsets = [0];
    for (let i = 0; i < 20_000; i++) {
      offsets.push(builder.length);
      builder.raw(`xref 0 0 trailer<</Prev ${offsets.at(-2) ?? 0}/Size 9/Root 1 0 R/A(`);
    }
    expect(verify(builder.line(')>>'.repeat(20_000)).end(offsets.at(-1)))).toMatchObject(rejected);
  });

  it('should not have many lengths read from one long run', () => {
    const builder = pages(new PdfBuilder()).object(5, `${' '.repeat(1_000_000)}4`);
    for (let number = 6; number < 5_000; number++)
      builder.rawStream(number, Buffer.from('data'), '', '5 0 R');
    expect(verify(builder.table().end())).toMatchObject(rejected);
  });

  it('should not have many objects of an object stream share their bytes', () => {
    const count = 50_000;
    const pairs = repeat(count, (i) => `${i + 10} 0 `);
    const builder = pages(new PdfBuilder());
    builder.stream(5, `${pairs}${' '.repeat(500_000)}1`, `/Type/ObjStm/N ${count}/First ${pairs.length}`);
    expect(verify(builder.table().end())).toMatchObject(rejected);
  });

  it('should not be inflated beyond the limits', () => {
    const bomb = deflateSync(Buffer.alloc(64 * 2 ** 20));
    const builder = pages(new PdfBuilder());
    for (let number = 5; number < 15; number++) builder.rawStream(number, bomb, '/Filter/FlateDecode');
    const bytes = builder.table().end().bytes();
    expect(pdf.verify(bytes, { level: 'deep', units: 2 ** 24 })).toEqual({
      intact: true,
      complete: false,
      unchecked: ['budget'],
    });
  });

  it.each([
    ['is large', () => Array<Buffer>(4).fill(deflateSync(Buffer.alloc(64 * 2 ** 20)))],
    [
      'lacks its checksum',
      () => Array<Buffer>(20_000).fill(deflateSync(Buffer.alloc(2_000)).subarray(0, -2)),
    ],
  ])('should not take memory for a stream that is not read and %s', (_, streams) => {
    const builder = pages(new PdfBuilder());
    for (const [index, data] of streams().entries())
      builder.rawStream(5 + index, data, '/Filter/FlateDecode');
    const bytes = builder.table().end().bytes();
    const before = process.memoryUsage();
    expect(pdf.verify(bytes, options)).toEqual({ intact: true, complete: true });
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(2 ** 20);
    expect(after.rss - before.rss).toBeLessThan(64 * 2 ** 20);
  });

  it('should not have many nearly empty streams inflated at no cost', () => {
    let data: Uint8Array = Buffer.from(' ');
    for (let times = 0; times < 8; times += 1) data = deflateSync(data);
    const builder = pages(new PdfBuilder());
    for (let number = 5; number < 1_005; number++) {
      builder.rawStream(number, data, `/Type/ObjStm/N 0/First 0/Filter[${'/Fl'.repeat(8)}]`);
    }
    const bytes = builder.table().end().bytes();
    expect(pdf.verify(bytes, { level: 'deep', units: 2 ** 21 })).toEqual({
      intact: true,
      complete: false,
      unchecked: ['budget'],
    });
    expect(pdf.verify(bytes, { level: 'deep', units: 2 ** 28 })).toEqual({
      intact: true,
      complete: true,
    });
  });

  it('should not swell by ASCII85Decode, which makes four bytes of one', () => {
    const inflating = (bytes: number): PdfBuilder =>
      pages(new PdfBuilder()).rawStream(5, Buffer.alloc(bytes, 'z'), '/Filter/ASCII85Decode').table().end();
    expect(verify(inflating(4 * 2 ** 20))).toEqual({ intact: true, complete: true });
    expect(verify(inflating(4 * 2 ** 20 + 1))).toEqual({
      intact: true,
      complete: false,
      unchecked: ['budget'],
    });
  });

  it('should not have more entries than bytes', () => {
    const rows = 2_000_000;
    const data = deflateSync(Buffer.alloc(2 * rows));
    const builder = pages(new PdfBuilder());
    const start = builder.length;
    const dictionary = `/Type/XRef/Size 9/Root 1 0 R/W[1 1 0]/Index[0 ${rows}]/Filter/FlateDecode`;
    expect(verify(builder.rawStream(5, data, dictionary).end(start))).toMatchObject(rejected);
  });

  it('should not have a cross-reference stream with many entries read beyond the units', () => {
    const rows = 100_000;
    const data = deflateSync(Buffer.alloc(2 * rows));
    const builder = pages(new PdfBuilder());
    const start = builder.length;
    const dictionary = `/Type/XRef/Size 9/Root 1 0 R/W[1 1 0]/Index[10 ${rows}]/Filter/FlateDecode`;
    const bytes = builder.rawStream(9, data, dictionary).end(start);
    expect(pdf.verify(bytes.bytes(), { ...options, units: 2 ** 20 })).toEqual({
      intact: true,
      complete: false,
      unchecked: ['budget'],
    });
  });

  it('should get a verdict for any bytes', () => {
    const tail = '\nstartxref\n9\n%%EOF\n';
    const verdictOf = (bytes: Uint8Array): boolean => typeof pdf.verify(bytes, options).intact === 'boolean';
    const syntax = fc.constantFrom(
      ...[
        '<<',
        '>>',
        '[',
        ']',
        '(',
        ')',
        '<',
        '>',
        '/',
        '%',
        '{',
        'xref',
        'trailer',
        'stream\n',
        'endstream',
      ],
      ...[
        'endobj',
        '1 0 obj',
        '1 0 R',
        '/Prev',
        '/Size',
        '/Root',
        '/Type/XRef',
        '/W',
        '/Index',
        '/Length',
        '/Filter',
      ],
      ...['/FlateDecode', '0 1', '0000000009 00000 n \n', '9', '-1', '\n', ' ', '\0', 'true', '\u00ff'],
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), verdictOf), { numRuns: 500 });
    fc.assert(
      fc.property(fc.array(syntax, { maxLength: 200 }), fc.constantFrom('', ' '), (parts, glue) =>
        verdictOf(Buffer.from(`%PDF-1.7\n${parts.join(glue)}${tail}`, 'latin1')),
      ),
      { numRuns: 2000 },
    );
  });

  it('should get a verdict for any change of an intact document', () => {
    const originals = [document(), compressedDocument({ predictor: 2 })].map((builder) => builder.bytes());
    const change = fc.record({
      at: fc.nat(),
      remove: fc.nat({ max: 40 }),
      insert: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...originals),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (original, changes) => {
          let bytes: Uint8Array = original;
          for (const { at, remove, insert } of changes) {
            const start = at % bytes.length;
            bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)]);
          }
          return typeof pdf.verify(bytes, options).intact === 'boolean';
        },
      ),
      { numRuns: 3000 },
    );
  });
});
