import type { Content } from './content.ts';
import type { Format, Verdict } from './format.ts';
import { JpegDamage } from './jpeg/damage.ts';
import type { JpegReason } from './jpeg/damage.ts';
import { Image } from './jpeg/image.ts';
import { PREFIX, SOI } from './jpeg/markers.ts';
import { OutOfWork, Work } from './work.ts';

export type { JpegReason } from './jpeg/damage.ts';

/**
 * JPEG (ITU-T T.81): the first image, from SOI to EOI. `structure` checks markers and segments. `deep` also decodes the
 * image data to coefficients, and requires exactly those that the frame header announces. The samples of sequential
 * images must not be further out of their range than quantization explains, nor change all at once from some block on.
 *
 * All public images that libjpeg decodes without a warning are intact. Data after the image are not checked: cameras add
 * previews, videos and padding. For arithmetic coding and lossless images only the structure is checked.
 */
export const jpeg: Format = {
  name: 'jpeg',
  mediaType: 'image/jpeg',
  extension: 'jpg',
  recognises: (bytes) => bytes[0] === PREFIX && bytes[1] === SOI && bytes[2] === PREFIX,

  verify(bytes, { level, units }): Verdict<JpegReason> {
    try {
      const options = { decodes: level !== 'structure', isEmbedded: false };
      const unchecked = new Image(bytes, new Work(units), options).read();
      return unchecked === undefined
        ? { intact: true, complete: true }
        : { intact: true, complete: false, unchecked: [unchecked] };
    } catch (error) {
      if (error instanceof OutOfWork) return { intact: true, complete: false, unchecked: ['budget'] };
      if (!(error instanceof JpegDamage)) throw error;
      return { intact: false, reason: error.reason, offset: error.offset };
    }
  },
};

/**
 * Checks an image inside a document, such as the data of DCTDecode (ISO 32000-2, 7.4.8). As in PDF readers, EOI is
 * optional and data after the image are ignored.
 *
 * @throws OutOfWork
 */
export function checkJpeg(data: Uint8Array, work: Work): Content {
  try {
    const unchecked = new Image(data, work, { decodes: true, isEmbedded: true }).read();
    return unchecked === undefined ? { kind: 'whole' } : { kind: 'unchecked', why: unchecked };
  } catch (error) {
    if (!(error instanceof JpegDamage)) throw error;
    return { kind: 'damaged', at: error.offset };
  }
}
