import { expect, it } from '@jest/globals';
import {
  exchange,
  HEIGHT,
  numbers,
  photo,
  type Picture,
  samplesOf,
  WIDTH,
  writing,
} from '../samples/pictures.fixture.ts';
import { damaged, intact, verify, withStream } from './verify.fixture.ts';

const PROSE = 'Words of another file, which a picture does not have in so many bytes.\n';

/** Damage that one search alone finds, and the width of the image. */
const DAMAGE: readonly (readonly [string, number, Picture, (document: Uint8Array) => void])[] = [
  [
    'noise',
    60,
    () => 200,
    (document) => {
      const random = numbers(3);
      for (let at = 512 * 20; at < 512 * 21; at++) document[at] = 256 * random();
    },
  ],
  ['exchanged blocks', 512, photo, (document) => exchange(document, 512 * 120, 512 * 300)],
  [
    'a block of another picture',
    WIDTH,
    photo,
    (document) => {
      for (let at = 512 * 250; at < 512 * 258; at++) document[at] = 255 - (document[at + 90_003] ?? 0);
    },
  ],
  ['a copy of few values', 200, writing, (document) => document.copyWithin(512 * 60, 512 * 20, 512 * 28)],
  ['words', WIDTH, photo, (document) => document.set(Buffer.alloc(512, PROSE), 512 * 20)],
];

it.each(DAMAGE)('should find %s in the samples of an image', (_, width, picture, damage) => {
  const entries = `/Subtype/Image/Width ${width}/Height ${HEIGHT}/BitsPerComponent 8/ColorSpace/DeviceGray`;
  const document = new Uint8Array(withStream(samplesOf(picture, width), entries).bytes());
  expect(verify(document)).toEqual(intact);
  damage(document);
  expect(verify(document)).toEqual(damaged('stream-corrupt'));
});
