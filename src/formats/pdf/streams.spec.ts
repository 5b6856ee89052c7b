import { randomBytes } from 'node:crypto';
import { constants, deflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import type { VerifyOptions } from '../format.ts';
import { compressedDocument, compressedPages, document, pages, PdfBuilder } from './build.fixture.ts';
import { damaged, exchanged, intact, verify, withStream } from './verify.fixture.ts';

const noise = randomBytes(20_000);
const text = Buffer.from('some text, some text, some more text. '.repeat(40));

describe('streams', () => {
  const deflated = deflateSync(text);
  /** The data repeat bytes at a distance of 20,000, but the header declares a window of 256. */
  const smallWindow = deflateSync(Buffer.concat([noise, noise]));
  smallWindow.writeUInt16BE(0x081d, 0);
  const hex = Buffer.from(deflated.toString('hex') + '>');

  it.each([
    ['no filter', text, ''],
    ['no filter, spelt out', text, '/Filter null'],
    ['RunLengthDecode', Buffer.from('046162636465fe78800a', 'hex'), '/Filter/RunLengthDecode'],
    ['a filter whose name is spelt otherwise', deflated, '/Filter/Flate#44ecode'],
    ['an indirect filter', deflated, '/Filter 7 0 R'],
    ['indirect filters in an array', hex, '/Filter[/AHx 7 0 R]'],
    ['an indirect array of filters', hex, '/Filter 8 0 R'],
    ['FlateDecode', deflated, '/Filter/FlateDecode'],
    ['an abbreviation', deflated, '/Filter/Fl'],
    ['ASCIIHexDecode before FlateDecode', hex, '/Filter[/ASCIIHexDecode /FlateDecode]'],
    ['FlateDecode before DCTDecode', deflated, '/Filter[/FlateDecode/DCTDecode]'],
    ['FlateDecode of nothing', Buffer.alloc(0), '/Filter/FlateDecode'],
    ['FlateDecode of a line end', Buffer.from('\r\n'), '/Filter/FlateDecode'],
    ['a checksum that is cut short', deflated.subarray(0, -2), '/Filter/FlateDecode'],
    ['a checksum that is missing', deflated.subarray(0, -4), '/Filter/FlateDecode'],
    ['a checksum of 0', Buffer.concat([deflated.subarray(0, -4), Buffer.alloc(4)]), '/Filter/FlateDecode'],
    [
      'a checksum of 1',
      Buffer.concat([deflated.subarray(0, -4), Buffer.of(0, 0, 0, 1)]),
      '/Filter/FlateDecode',
    ],
    ['FlateDecode of nothing, without a block', Buffer.from('789c00000001', 'hex'), '/Filter/FlateDecode'],
    ['a window that is said to be too small', smallWindow, '/Filter/FlateDecode'],
    [
      'bytes after the deflated ones',
      Buffer.concat([deflated, Buffer.from('\r\n\r\n')]),
      '/Filter/FlateDecode',
    ],
    [
      'data that were flushed, not finished',
      deflateSync(text, { finishFlush: constants.Z_SYNC_FLUSH }),
      '/Filter/FlateDecode',
    ],
  ])('should accept %s', (_, data, entries) => {
    expect(verify(withStream(data, entries))).toEqual(intact);
    expect(verify(withStream(data, entries, '6 0 R'))).toEqual(intact);
  });

  it.each([1, 2, 3])('should reject %i bytes of a checksum that are wrong', (there) => {
    const right = deflated.subarray(0, deflated.length - 4 + there);
    const wrong = Buffer.from(right);
    wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
    expect(verify(withStream(right, '/Filter/FlateDecode'))).toEqual(intact);
    expect(verify(withStream(wrong, '/Filter/FlateDecode'))).toEqual(damaged('stream-corrupt'));
  });

  it('should accept a /Length out of an object stream', () => {
    const builder = compressedPages(new PdfBuilder())
      .rawStream(7, text, '', '8 0 R')
      .objectStream(9, new Map([[8, String(text.length)]]));
    expect(verify(builder.xrefStream(6).end())).toEqual(intact);
  });

  it('should accept a stream that was replaced together with its /Length', () => {
    const builder = withStream(text, '', '6 0 R');
    builder.rawStream(5, Buffer.from('short'), '', '6 0 R').object(6, '5');
    expect(verify(builder.table({ extra: `/Prev ${builder.section}` }).end())).toEqual(intact);
  });

  it.each([text.length - 2, text.length + 20, 10 ** 12, '9 0 R', '3 0 R', '5 0 R', '(5)'])(
    'should reject /Length %s',
    (length) => {
      expect(verify(withStream(text, '', length))).toEqual(damaged('stream-length-mismatch'));
    },
  );

  it.each([0x00, 0x0c])('should take %i before endstream for data that /Length leaves out', (byte) => {
    const data = Buffer.from([...text, byte]);
    expect(verify(withStream(data, '', data.length))).toEqual(intact);
    expect(verify(withStream(data, '', text.length))).toEqual(damaged('stream-length-mismatch'));
    expect(verify(withStream(Buffer.from([...text, 0x20]), '', text.length))).toEqual(intact);
  });

  it('should find damage in a stream that inflates to tens of megabytes', () => {
    const scan = Buffer.alloc(26_000_000, 'a row of pixels, and another ');
    const data = deflateSync(scan);
    const options: VerifyOptions = { level: 'deep', units: 2 ** 28 };
    expect(verify(withStream(data, '/Filter/FlateDecode'), options)).toEqual(intact);
    data.fill(0xff, data.length - 2_000, data.length - 1_000);
    expect(verify(withStream(data, '/Filter/FlateDecode'), options)).toEqual(damaged('stream-corrupt'));
  });

  it('should reject data that do not inflate', () => {
    const cut = deflated.subarray(0, -6);
    const wrongSum = Buffer.from(deflated);
    wrongSum[deflated.length - 1] = (wrongSum.at(-1) ?? 0) ^ 1;
    const header = deflated.subarray(0, 2);
    for (const data of [text, cut, wrongSum, header]) {
      expect(verify(withStream(data, '/Filter/FlateDecode'))).toEqual(damaged('stream-corrupt'));
    }
  });

  it('should reject an LZWDecode code that is not yet in the table', () => {
    const codes = Buffer.from('800b7050220c0c8501', 'hex');
    expect(verify(withStream(codes, '/Filter/LZWDecode'))).toEqual(damaged('stream-corrupt'));
  });

  it('should reject a run of RunLengthDecode that is cut short', () => {
    const runs = Buffer.from('0461626364', 'hex');
    expect(verify(withStream(runs, '/Filter/RunLengthDecode'))).toEqual(damaged('stream-corrupt'));
  });

  it('should report a filter that is known only by name as unchecked', () => {
    for (const name of ['BrotliDecode', 'XORDecode', 'com.example.Potato']) {
      expect(verify(withStream(text, `/Filter/${name}`))).toEqual({
        intact: true,
        complete: false,
        unchecked: ['filter'],
      });
    }
  });

  it('should accept blanks between the keyword and its line ending, but not without the line ending', () => {
    const blank = (blanks: string): string =>
      exchanged(document(), 'Decode>>\nstream\n', `Decode>>stream${blanks}`);
    expect(verify(blank(' \n'))).toEqual(intact);
    expect(verify(blank('  '))).toEqual(damaged('object-malformed'));
  });

  it.each(['/Filtzz/FlateDecode', '/Filtzz[/FlateDecode]'])(
    'should reject the name of a filter in %s',
    (entries) => {
      expect(verify(withStream(deflated, entries))).toEqual(damaged('stream-corrupt'));
      expect(verify(withStream(text, entries.replace('FlateDecode', 'Other')))).toEqual(intact);
    },
  );

  it('should compare the length of an image without a checksum with its size', () => {
    const image = '/Type/XObject/Subtype/Image/Width 10/Height 4/BitsPerComponent 8/ColorSpace/DeviceRGB';
    expect(verify(withStream(Buffer.alloc(120), image))).toEqual(intact);
    expect(verify(withStream(Buffer.alloc(119), image))).toEqual(damaged('stream-corrupt'));
    const runs = Buffer.from('890180', 'hex');
    expect(verify(withStream(runs, `${image}/Filter/RunLengthDecode`))).toEqual(intact);
    expect(verify(withStream(Buffer.from('8a0180', 'hex'), `${image}/Filter/RunLengthDecode`))).toEqual(
      damaged('stream-corrupt'),
    );
    expect(
      verify(withStream(Buffer.alloc(8), image.replace('/ColorSpace/DeviceRGB', '/ImageMask true'))),
    ).toEqual(intact);
  });

  it('should reject bytes that an ASCII filter does not allow', () => {
    expect(verify(withStream(Buffer.from('48 4g>'), '/Filter/AHx'))).toEqual(damaged('stream-corrupt'));
    expect(verify(withStream(Buffer.from('ab\u00ff~>', 'latin1'), '/Filter/A85'))).toEqual(
      damaged('stream-corrupt'),
    );
  });

  it.each([
    ['a name that is not a filter', '/Filter/FlauteDecode'],
    ['a name with half an escape', '/Filter/Flate#xecode'],
    ['a name that is not a filter after a filter', '/Filter[/FlateDecode/DCTDezode]'],
    ['a name with other characters', '/Filter/Fl\u00e9teXecode'],
    ['a name of two letters', '/Filter/Xy'],
    ['a number', '/Filter 3'],
    ['a string', '/Filter(FlateDecode)'],
    ['a dictionary', '/Filter<</FlateDecode 1>>'],
    ['an array of something else', '/Filter[(FlateDecode)]'],
    ['more filters than anybody needs', `/Filter[${'/Fl'.repeat(9)}]`],
  ])('should not leave a stream unchecked for %s', (_, filter) => {
    expect(verify(withStream(text, filter))).toEqual(damaged('stream-corrupt'));
  });

  it('should accept data without their last block only when they end in a flush', () => {
    // A stored block of 65,535 bytes that is cut short (RFC 1951 section 3.2.4).
    const cut = deflateSync(Buffer.alloc(100_000, 'x'), { level: 0 }).subarray(0, 1_000);
    for (const end of ['0000fffe', '0000feff', '0001ffff', '0100ffff', 'ffffffff', '00000000']) {
      const data = Buffer.concat([cut, Buffer.from(end, 'hex')]);
      expect(verify(withStream(data, '/Filter/FlateDecode'))).toEqual(damaged('stream-corrupt'));
    }
  });

  it('should not accept zeros, which a lost block leaves, as empty data', () => {
    for (const data of [Buffer.alloc(deflated.length), Buffer.alloc(1), Buffer.from('   ')]) {
      expect(verify(withStream(data, '/Filter/FlateDecode'))).toEqual(damaged('stream-corrupt'));
    }
  });

  it('should check only the structure of a document that needs a password', () => {
    const encrypted = (length: number): PdfBuilder =>
      pages(new PdfBuilder())
        .rawStream(5, text, '/Filter/FlateDecode', length)
        .object(6, '<</Filter/Other>>')
        .table({ extra: '/Encrypt 6 0 R' })
        .end();
    expect(verify(encrypted(text.length))).toEqual({
      intact: true,
      complete: false,
      unchecked: ['password'],
    });
    expect(verify(encrypted(text.length - 2))).toEqual(damaged('stream-length-mismatch'));
  });

  it('should report the budget when not all streams were inflated', () => {
    const options: VerifyOptions = { level: 'deep', units: 1000 };
    expect(verify(withStream(deflated, '/Filter/FlateDecode'), options)).toEqual({
      intact: true,
      complete: false,
      unchecked: ['budget'],
    });
    expect(verify(compressedDocument(), { level: 'deep', units: 8 })).toEqual({
      intact: true,
      complete: false,
      unchecked: ['budget'],
    });
  });
});
