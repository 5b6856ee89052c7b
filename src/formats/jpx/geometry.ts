import type { ComponentStyle } from './coding.ts';
import type { Area } from './image-size.ts';

/** The number of the band in its resolution: LL has 0, as the only one of the lowest resolution. */
export const LL = 0;
export const HL = 1;
export const LH = 2;
export const HH = 3;

/** A resolution of a component of a tile, and its precincts (ISO/IEC 15444-1, B.5 to B.7). Areas are in its samples. */
export interface Resolution {
  readonly area: Area;
  /** Base 2 logarithms of the size of a precinct. */
  readonly precinctWidth: number;
  readonly precinctHeight: number;
  /** The numbers of the precincts, as area. */
  readonly precincts: Area;
  readonly bands: readonly Band[];
}

export interface Band {
  /** LL, HL, LH or HH. */
  readonly kind: number;
  readonly area: Area;
  /** Base 2 logarithms of the size of a precinct in the band, and of a code-block. */
  readonly precinctWidth: number;
  readonly precinctHeight: number;
  readonly blockWidth: number;
  readonly blockHeight: number;
}

/** The part of a component in an area of the reference grid (Equation B-12). */
export function componentArea(tile: Area, horizontal: number, vertical: number): Area {
  return {
    left: Math.ceil(tile.left / horizontal),
    top: Math.ceil(tile.top / vertical),
    right: Math.ceil(tile.right / horizontal),
    bottom: Math.ceil(tile.bottom / vertical),
  };
}

/** Geometry of a resolution of a component with this area. */
export function resolutionOf(component: Area, style: ComponentStyle, r: number): Resolution {
  const size = style.precincts[r] ?? 0xff;
  const area = scaled(component, style.levels - r, 0, 0);
  const [precinctWidth, precinctHeight] = [size & 15, size >>> 4];
  // Above the lowest resolution, a band has half of the samples in each direction.
  const half = r === 0 ? 0 : 1;
  const level = style.levels - r + half;
  const bands = (r === 0 ? [LL] : [HL, LH, HH]).map((kind) => ({
    kind,
    area: scaled(component, level, kind & 1, kind >>> 1),
    precinctWidth: precinctWidth - half,
    precinctHeight: precinctHeight - half,
    blockWidth: Math.min(style.blockWidth, precinctWidth - half),
    blockHeight: Math.min(style.blockHeight, precinctHeight - half),
  }));
  return {
    area,
    precinctWidth,
    precinctHeight,
    precincts: gridOf(area, precinctWidth, precinctHeight),
    bands,
  };
}

/** The cells of a grid that an area touches. Sides of cells are given by their base 2 logarithms. */
export function gridOf(area: Area, width: number, height: number): Area {
  const [left, top] = [Math.floor(area.left / 2 ** width), Math.floor(area.top / 2 ** height)];
  const isEmpty = area.right <= area.left || area.bottom <= area.top;
  return {
    left,
    top,
    right: isEmpty ? left : Math.ceil(area.right / 2 ** width),
    bottom: isEmpty ? top : Math.ceil(area.bottom / 2 ** height),
  };
}

/** The number of cells, or samples, in an area. */
export function countOf({ left, top, right, bottom }: Area): number {
  return (right - left) * (bottom - top);
}

/** The part of a band in a precinct, which has this column and row among all precincts. */
export function inPrecinct(band: Band, column: number, row: number): Area {
  const [width, height] = [2 ** band.precinctWidth, 2 ** band.precinctHeight];
  return {
    left: Math.max(band.area.left, column * width),
    top: Math.max(band.area.top, row * height),
    right: Math.min(band.area.right, (column + 1) * width),
    bottom: Math.min(band.area.bottom, (row + 1) * height),
  };
}

/** An area after so many decompositions, of the low (0) or high (1) frequencies in each direction (Equation B-15). */
function scaled(area: Area, level: number, horizontal: number, vertical: number): Area {
  const scale = 2 ** level;
  const [x, y] = [(horizontal * scale) / 2, (vertical * scale) / 2];
  return {
    left: Math.ceil((area.left - x) / scale),
    top: Math.ceil((area.top - y) / scale),
    right: Math.ceil((area.right - x) / scale),
    bottom: Math.ceil((area.bottom - y) / scale),
  };
}
