import { deflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { dictionary, page, segment, textRegion } from '../jbig2/encode.fixture.ts';
import { pages, PdfBuilder } from './build.fixture.ts';
import { damaged, deep, intact, verify } from './verify.fixture.ts';

const SYMBOLS = [1, 2, 3].map((seed) =>
  Array.from({ length: 9 }, (_, y) => Array.from({ length: 7 }, (_x, x) => ((x * y + seed) >> 1) & 1)),
);
const GLOBALS = segment(1, 0, [], dictionary(SYMBOLS));
const TEXT = textRegion(64, 48, SYMBOLS.length, [
  [0, 2],
  [2, 5],
  [1, 3],
]);
const IMAGE = Buffer.concat([page(64, 48), segment(2, 6, [1], TEXT)]);
/** An image that shares nothing. */
const ALONE = Buffer.concat([
  page(64, 48),
  segment(1, 0, [], dictionary(SYMBOLS)),
  segment(2, 6, [1], TEXT),
  segment(3, 49, [], Buffer.alloc(0)),
]);
const DICTIONARY = '/Subtype/Image/Width 64/Height 48/BitsPerComponent 1/ColorSpace/DeviceGray';

const asciiHex = (data: Buffer): Buffer => Buffer.from(`${data.toString('hex')}>`);

/** Two images that share segments. */
function withGlobals(globals: Buffer, reference = '7 0 R'): PdfBuilder {
  return pages(new PdfBuilder())
    .rawStream(
      5,
      asciiHex(IMAGE),
      `${DICTIONARY}/Filter[/ASCIIHexDecode/JBIG2Decode]/DecodeParms[null<</JBIG2Globals ${reference}>>]`,
    )
    .rawStream(6, IMAGE, `${DICTIONARY}/Filter/JBIG2Decode/DecodeParms<</JBIG2Globals ${reference}>>`)
    .rawStream(7, asciiHex(deflateSync(globals)), '/Filter[/ASCIIHexDecode/FlateDecode]')
    .table()
    .end();
}

describe('JBIG2 images', () => {
  it('should be decoded with the segments that they share', () => {
    expect(verify(withGlobals(GLOBALS))).toEqual(intact);
  });

  it('should be damaged when these are, or lack what the images refer to', () => {
    const cut = segment(1, 0, [], dictionary(SYMBOLS).subarray(0, -9));
    expect(verify(withGlobals(cut))).toEqual(damaged('stream-corrupt'));
    expect(verify(withGlobals(segment(1, 0, [], dictionary(SYMBOLS.slice(0, 1)))))).toEqual(
      damaged('stream-corrupt'),
    );
  });

  it('should be unchecked when these are not found', () => {
    expect(verify(withGlobals(GLOBALS, '99 0 R'))).toEqual({
      ...intact,
      complete: false,
      unchecked: ['jbig2'],
    });
  });

  it('should leave work to check the structure of later ones', () => {
    const images = (last: Buffer): PdfBuilder => {
      const builder = pages(new PdfBuilder());
      for (let n = 5; n < 25; n++)
        builder.rawStream(n, n === 24 ? last : ALONE, `${DICTIONARY}/Filter/JBIG2Decode`);
      return builder.table().end();
    };
    const options = { ...deep, units: 200_000 };
    expect(verify(images(ALONE), options)).toEqual({ ...intact, complete: false, unchecked: ['budget'] });
    // The header of its last segment is cut short.
    expect(verify(images(ALONE.subarray(0, -5)), options)).toEqual(damaged('stream-corrupt'));
  });
});
