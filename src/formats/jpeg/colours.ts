import { JpegDamage } from './damage.ts';
import type { Segment } from './markers.ts';

const JFIF_LENGTH = 14;
const ADOBE_LENGTH = 12;
const ADOBE_TRANSFORM = 11;

/** Colour information from the APP0 segment of JFIF and the APP14 segment of Adobe, as far as decoders use it. */
export class Colours {
  #isJfif = false;
  #adobeTransform: number | undefined;

  /** @throws JpegDamage segment-invalid for a JFIF version other than 1 */
  readJfif(segment: Segment): void {
    if (segment.view.byteLength < JFIF_LENGTH || !isNamed(segment, 'JFIF\0')) return;
    if (segment.view.getUint8(5) !== 1) throw new JpegDamage('segment-invalid', segment.at + 5);
    this.#isJfif = true;
  }

  readAdobe(segment: Segment): void {
    if (segment.view.byteLength < ADOBE_LENGTH || !isNamed(segment, 'Adobe')) return;
    this.#adobeTransform = segment.view.getUint8(ADOBE_TRANSFORM);
  }

  /** Whether the colour transform in Adobe's segment exists for this number of components. JFIF takes precedence. */
  fit(components: number): boolean {
    const transform = this.#adobeTransform;
    if (transform === undefined || transform === 0) return true;
    if (components === 3) return this.#isJfif || transform === 1;
    return components !== 4 || transform === 2;
  }
}

/** Whether the segment starts with these ASCII letters. */
function isNamed({ view }: Segment, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (view.getUint8(i) !== name.charCodeAt(i)) return false;
  return true;
}
