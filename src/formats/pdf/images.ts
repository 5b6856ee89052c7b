import { keyword, keywordAt } from './characters.ts';
import { componentsOf } from './colour-space.ts';
import { imageBytes } from './image-size.ts';
import { numberOf } from './names.ts';
import type { ObjectTable } from './object-table.ts';
import type { Scanner } from './scanner.ts';

const SUBTYPE = numberOf('Subtype');
const IMAGE = numberOf('Image');
const WIDTH = numberOf('Width');
const HEIGHT = numberOf('Height');
const BITS_PER_COMPONENT = numberOf('BitsPerComponent');
const COLOR_SPACE = numberOf('ColorSpace');
const IMAGE_MASK = numberOf('ImageMask');
const TRUE = keyword('true');

/** Whether the dictionary scanned last is that of an image (8.9.5). */
export function isImage(scanner: Scanner): boolean {
  return scanner.isName(SUBTYPE, IMAGE);
}

/** How many bytes the samples of the image take whose dictionary was scanned last; undefined when that cannot be known. */
export function sizeOf(scanner: Scanner, table: ObjectTable): number | undefined {
  const { bytes } = scanner;
  const integer = (key: number): number => table.integer(bytes, scanner.at(key));
  const mask = scanner.at(IMAGE_MASK);
  const isMask = mask !== 0 && keywordAt(TRUE, bytes, mask);
  return imageBytes({
    width: integer(WIDTH),
    height: integer(HEIGHT),
    bits: isMask ? 1 : integer(BITS_PER_COMPONENT),
    components: isMask
      ? 1
      : scanner.at(COLOR_SPACE) === 0
        ? 0
        : componentsOf(bytes, scanner.at(COLOR_SPACE), table),
  });
}
