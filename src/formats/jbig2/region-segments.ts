import { checkCcitt } from '../ccitt/ccitt.ts';
import { NotDecoded } from '../content.ts';
import type { Work } from '../work.ts';
import type { Bitmap } from './bitmap.ts';
import { Jbig2Damage } from './damage.ts';
import { adaptivePixelsOf, contextsOf, GenericRegions } from './generic-region.ts';
import { refine, type Refinement, REFINEMENT_CONTEXTS, USUAL_PLACES } from './refinement.ts';
import type { Region, SegmentData } from './segment-data.ts';

/** Flags of a generic region (ITU-T T.88, 7.4.6.2) and of a refinement region (7.4.7.2). */
const MMR = 0x01;
const TYPICAL = 0x08;
const TWELVE_PIXELS = 0x10;
const TYPICAL_REFINEMENT = 0x02;

/**
 * Decodes a generic region (ITU-T T.88, 7.4.6), and returns its bitmap if others refer to it.
 *
 * @throws Jbig2Damage
 * @throws NotDecoded
 * @throws OutOfWork
 */
export function decodeGenericRegion(data: SegmentData): Bitmap | undefined {
  const region = data.region();
  const rows = Math.min(data.segment.rows ?? Infinity, region.height);
  const flags = data.byte();
  if ((flags & TWELVE_PIXELS) !== 0) throw new NotDecoded('jbig2');
  if ((flags & MMR) !== 0) {
    checkMmr(data.rest(), { width: region.width, height: rows }, data.work);
    if (data.segment.isIntermediate) throw new NotDecoded('jbig2');
    return undefined;
  }
  const template = (flags >> 1) & 3;
  const places = data.places(adaptivePixelsOf(template));
  const coded = data.coded();
  const regions = new GenericRegions(coded, template, places, new Uint8Array(contextsOf(template)));
  const target = data.target(region);
  regions.decode(region.width, rows, (flags & TYPICAL) !== 0, target);
  coded.finish();
  return target;
}

/**
 * Checks that these bytes are a bitmap in MMR coding (6.2.6).
 *
 * @throws Jbig2Damage
 * @throws OutOfWork
 */
export function checkMmr(bytes: Uint8Array, { width, height }: Region, work: Work): void {
  const parameters = {
    k: -1,
    columns: width,
    rows: height,
    endOfLine: false,
    encodedByteAlign: false,
    damagedRowsBeforeError: 0,
  };
  if (checkCcitt(bytes, parameters, work).kind === 'damaged') throw new Jbig2Damage();
}

/**
 * Decodes a generic refinement region (7.4.7), and returns its bitmap if others refer to it.
 *
 * @param old the bitmap that is refined; undefined for that of the page, which is not drawn
 * @throws Jbig2Damage
 * @throws NotDecoded
 * @throws OutOfWork
 */
export function decodeRefinementRegion(data: SegmentData, old: Bitmap | undefined): Bitmap | undefined {
  const { width, height } = data.region();
  const flags = data.byte();
  const refinement = refinementOf(data, flags & 1);
  if (old === undefined) throw new NotDecoded('jbig2');
  const coded = data.coded();
  const target = data.bitmaps.create(width, height);
  refine(coded, refinement, target, old, 0, 0, (flags & TYPICAL_REFINEMENT) !== 0);
  coded.finish();
  return data.segment.isIntermediate ? target : undefined;
}

/** Reads where the adaptive pixels of a refinement are. Its contexts are new. */
export function refinementOf(data: SegmentData, template: number): Refinement {
  const adaptive = template === 0 ? data.places(2) : USUAL_PLACES;
  return { template, adaptive, contexts: new Uint8Array(REFINEMENT_CONTEXTS) };
}
