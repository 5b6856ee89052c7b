import { checkCcitt, type CcittParameters } from '../ccitt/ccitt.ts';
import type { Content } from '../content.ts';
import { checkJbig2, type Globals } from '../jbig2/jbig2.ts';
import { checkJpeg } from '../jpeg.ts';
import { checkJpx } from '../jpx/jpx.ts';
import type { Work } from '../work.ts';
import { keyword, keywordAt } from './characters.ts';
import { componentsOf } from './colour-space.ts';
import type { Filter } from './filters.ts';
import type { ImageShape } from './image-size.ts';
import { numberOf } from './names.ts';
import type { ObjectTable, Value } from './object-table.ts';
import { Scanner, signedIntegerAt } from './scanner.ts';

const SUBTYPE = numberOf('Subtype');
const IMAGE = numberOf('Image');
const WIDTH = numberOf('Width');
const HEIGHT = numberOf('Height');
const BITS_PER_COMPONENT = numberOf('BitsPerComponent');
const COLOR_SPACE = numberOf('ColorSpace');
const IMAGE_MASK = numberOf('ImageMask');
const K = numberOf('K');
const COLUMNS = numberOf('Columns');
const ROWS = numberOf('Rows');
const END_OF_LINE = numberOf('EndOfLine');
const ENCODED_BYTE_ALIGN = numberOf('EncodedByteAlign');
const DAMAGED_ROWS = numberOf('DamagedRowsBeforeError');
const TRUE = keyword('true');
const NOTHING = new Uint8Array(0);

/** Whether the dictionary scanned last is that of an image (8.9.5). */
export function isImage(scanner: Scanner): boolean {
  return scanner.isName(SUBTYPE, IMAGE);
}

/** The shape of the image whose dictionary was scanned last. Unknown properties are 0 or less. */
export function shapeOf(scanner: Scanner, table: ObjectTable): ImageShape {
  const { bytes } = scanner;
  const integer = (key: number): number => table.integer(bytes, scanner.at(key));
  const mask = scanner.at(IMAGE_MASK);
  const isMask = mask !== 0 && keywordAt(TRUE, bytes, mask);
  return {
    width: integer(WIDTH),
    height: integer(HEIGHT),
    bits: isMask ? 1 : integer(BITS_PER_COMPONENT),
    components: isMask
      ? 1
      : scanner.at(COLOR_SPACE) === 0
        ? 0
        : componentsOf(bytes, scanner.at(COLOR_SPACE), table),
  };
}

/**
 * Checks the data of an image whose last filter is an image codec.
 *
 * @param scanner has scanned the image's dictionary last
 * @param globals what a JBIG2 image shares with others
 * @param reserve units of work that decoding a JBIG2 image leaves for other checks
 * @throws OutOfWork
 */
export function checkImage(
  codec: Filter,
  data: Uint8Array,
  scanner: Scanner,
  table: ObjectTable,
  globals: Globals,
  work: Work,
  reserve: number,
): Content {
  switch (codec.name) {
    case 'DCT':
      return checkJpeg(data, work);
    case 'CCITTFax':
      return checkCcitt(data, ccittParameters(codec, scanner, table), work);
    case 'JPX':
      return checkJpx(data, work);
    case 'JBIG2': {
      const [width, height] = [WIDTH, HEIGHT].map((key) => table.integer(scanner.bytes, scanner.at(key)));
      return checkJbig2(data, { width: width ?? 0, height: height ?? 0 }, globals, work, reserve);
    }
    default:
      return { kind: 'unchecked', why: 'filter' };
  }
}

/** The parameters of CCITTFaxDecode, with defaults (Table 11). */
function ccittParameters({ parameters }: Filter, image: Scanner, table: ObjectTable): CcittParameters {
  const height = Math.max(table.integer(image.bytes, image.at(HEIGHT)), 0);
  const scanner = new Scanner(parameters?.bytes ?? NOTHING);
  if (parameters !== undefined) scanner.scan(parameters.at);
  const { bytes } = scanner;
  const value = (key: number): Value | undefined =>
    scanner.at(key) === 0 ? undefined : table.resolve(bytes, scanner.at(key));
  const integer = (key: number, byDefault: number): number => {
    const found = value(key);
    return found === undefined ? byDefault : signedIntegerAt(found.bytes, found.at);
  };
  const isTrue = (key: number): boolean => {
    const found = value(key);
    return found !== undefined && keywordAt(TRUE, found.bytes, found.at);
  };
  return {
    k: integer(K, 0),
    columns: integer(COLUMNS, 1728),
    rows: integer(ROWS, 0) > 0 ? integer(ROWS, 0) : height,
    endOfLine: isTrue(END_OF_LINE),
    encodedByteAlign: isTrue(ENCODED_BYTE_ALIGN),
    damagedRowsBeforeError: integer(DAMAGED_ROWS, 0),
  };
}
