import { JpxDamage } from './damage.ts';

/** The order of the packets, by the number that codes it (Table A.16). */
export const LRCP = 0;
export const RLCP = 1;
export const RPCL = 2;
export const PCRL = 3;
export const CPRL = 4;

/** The coding style of all components of a tile (Table A.13, A.14). */
export interface TileStyle {
  readonly hasSop: boolean;
  readonly hasEph: boolean;
  readonly order: number;
  readonly layers: number;
}

/** The coding style of a component (Table A.15). */
export interface ComponentStyle {
  /** Decomposition levels. */
  readonly levels: number;
  /** Base 2 logarithms of the size of a code-block, in samples. */
  readonly blockWidth: number;
  readonly blockHeight: number;
  /** Options of the code-blocks (Table A.19). */
  readonly options: number;
  readonly isReversible: boolean;
  /** For each resolution the base 2 logarithms of the size of a precinct: the width in the lower four bits. */
  readonly precincts: Uint8Array;
}

/** Packets of these layers, resolutions and components follow in this order (A.6.6). The ends are exclusive. */
export interface Progression {
  readonly order: number;
  readonly layers: number;
  readonly firstResolution: number;
  readonly endResolution: number;
  readonly firstComponent: number;
  readonly endComponent: number;
}

const MAX_LEVELS = 32;
const MAX_BLOCK_SIDE = 10;
const MAX_BLOCK_AREA = 12;
const MAX_PRECINCT = 0xff;

const HAS_PRECINCTS = 1;
const HAS_SOP = 2;
const HAS_EPH = 4;

/** Reads the part of COD that is about all components. `at` is the offset of Scod. */
export function readTileStyle(view: DataView, at: number): TileStyle {
  const flags = view.getUint8(at);
  const [order, layers] = [view.getUint8(at + 1), view.getUint16(at + 2)];
  if (order > CPRL || layers === 0 || flags > 7 || view.getUint8(at + 4) > 1) throw new JpxDamage(at);
  return { hasSop: (flags & HAS_SOP) !== 0, hasEph: (flags & HAS_EPH) !== 0, order, layers };
}

/**
 * Reads the part of COD or COC that is about one component (Table A.15, A.20).
 *
 * @param flags Scod or Scoc
 * @throws JpxDamage
 */
export function readComponentStyle(view: DataView, at: number, end: number, flags: number): ComponentStyle {
  if (at + 5 > end) throw new JpxDamage(at);
  const levels = view.getUint8(at);
  const blockWidth = view.getUint8(at + 1) + 2;
  const blockHeight = view.getUint8(at + 2) + 2;
  const wavelet = view.getUint8(at + 4);
  const isSound =
    levels <= MAX_LEVELS &&
    blockWidth <= MAX_BLOCK_SIDE &&
    blockHeight <= MAX_BLOCK_SIDE &&
    blockWidth + blockHeight <= MAX_BLOCK_AREA &&
    wavelet <= 1;
  const precincts = new Uint8Array(levels + 1).fill(MAX_PRECINCT);
  const hasPrecincts = (flags & HAS_PRECINCTS) !== 0;
  if (!isSound || (hasPrecincts && at + 5 + precincts.length > end)) throw new JpxDamage(at);
  for (let r = 0; hasPrecincts && r <= levels; r++) {
    const size = view.getUint8(at + 5 + r);
    // Above the lowest resolution, a precinct covers at least one sample of each subband.
    if (r > 0 && (size < 0x10 || (size & 15) === 0)) throw new JpxDamage(at + 5 + r);
    precincts[r] = size;
  }
  return {
    levels,
    blockWidth,
    blockHeight,
    options: view.getUint8(at + 3),
    isReversible: wavelet === 1,
    precincts,
  };
}

/** How the coefficients of a component are quantized (A.6.4). */
export interface Quantization {
  readonly guardBits: number;
  /** Whether there are no exponents but that of the lowest subband. */
  readonly isDerived: boolean;
  readonly isReversible: boolean;
  /** The exponents of the subbands, from the lowest resolution on: LL, then HL, LH, HH of each. */
  readonly exponents: Uint8Array;
}

/**
 * Reads QCD or QCC from Sqcd on.
 *
 * @throws JpxDamage
 */
export function readQuantization(view: DataView, at: number, end: number): Quantization {
  if (at >= end) throw new JpxDamage(at);
  const style = view.getUint8(at) & 31;
  const size = style === 0 ? 1 : 2;
  if (style > 2 || (end - at - 1) % size !== 0) throw new JpxDamage(at);
  const exponents = new Uint8Array((end - at - 1) / size);
  // Above the mantissa of 11 bits, or the unused three bits, are five bits of exponent.
  for (let i = 0; i < exponents.length; i++) exponents[i] = view.getUint8(at + 1 + size * i) >>> 3;
  return { guardBits: view.getUint8(at) >>> 5, isDerived: style === 1, isReversible: style === 0, exponents };
}

/** Magnitude bit-planes of a subband (Equation E-2); undefined when it has no exponent. */
export function bitPlanesOf(
  { guardBits, isDerived, exponents }: Quantization,
  resolution: number,
  band: number,
): number | undefined {
  const index = resolution === 0 ? 0 : 3 * (resolution - 1) + band;
  const exponent = exponents[isDerived ? 0 : index];
  if (exponent === undefined) return undefined;
  return guardBits + exponent - (isDerived ? Math.max(resolution - 1, 0) : 0) - 1;
}

/**
 * Reads the entries of POC.
 *
 * @throws JpxDamage
 */
export function readProgressions(view: DataView, at: number, end: number, components: number): Progression[] {
  const size = components < 257 ? 1 : 2;
  const number = (offset: number): number => (size === 1 ? view.getUint8(offset) : view.getUint16(offset));
  const progressions: Progression[] = [];
  for (let entry = at; entry < end; entry += 5 + 2 * size) {
    if (entry + 5 + 2 * size > end) throw new JpxDamage(entry);
    const endComponent = number(entry + 4 + size);
    const order = view.getUint8(entry + 4 + 2 * size);
    if (order > CPRL) throw new JpxDamage(entry);
    progressions.push({
      order,
      firstResolution: view.getUint8(entry),
      firstComponent: number(entry + 1),
      layers: view.getUint16(entry + 1 + size),
      endResolution: view.getUint8(entry + 3 + size),
      // In one byte, 0 stands for 256.
      endComponent: endComponent === 0 ? components : endComponent,
    });
  }
  return progressions;
}
