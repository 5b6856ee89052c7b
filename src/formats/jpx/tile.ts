import { NotDecoded } from '../content.ts';
import type { Work } from '../work.ts';
import { bitPlanesOf, type ComponentStyle, type Quantization } from './coding.ts';
import {
  type Band,
  componentArea,
  countOf,
  gridOf,
  inPrecinct,
  type Resolution,
  resolutionOf,
} from './geometry.ts';
import type { Area, ImageSize } from './image-size.ts';
import type { Parameters } from './parameters.ts';
import { nodesOf } from './tag-tree.ts';

/** Maximum memory of a tile in bytes, and how many its parts take, tag trees and the order of packets included. */
const MAX_MEMORY = 32 * 1024 * 1024;
const LEVEL_BYTES = 1024;
const PRECINCT_BYTES = 48;
const CELL_BYTES = 16;
const BLOCK_BYTES = 32;

/** Units of work to lay out. */
const UNITS_PER_RESOLUTION = 500;
const UNITS_PER_PRECINCT = 150;
const UNITS_PER_BLOCK = 20;

/** A resolution of a component, with what its bands have in common. */
interface Level {
  readonly component: number;
  readonly number: number;
  readonly resolution: Resolution;
  readonly style: ComponentStyle;
  readonly quantization: Quantization | undefined;
  readonly shift: number;
}

/**
 * The precincts of a tile, their cells and code-blocks. A cell is the part of a band in a precinct. Cells of a precinct
 * and code-blocks of a cell follow each other, in the order of packets (ISO/IEC 15444-1, B.9).
 */
export class Tile {
  readonly precincts: number;
  readonly component: Uint16Array;
  readonly resolution: Uint8Array;
  /** The position on the reference grid that determines the order of packets. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** The first cell of each precinct; the end of the last one follows. */
  readonly firstCell: Int32Array;
  /** Columns and rows of code-blocks in each cell. */
  readonly columns: Uint16Array;
  readonly rows: Uint16Array;
  readonly firstBlock: Int32Array;
  /** The first node of the tag trees of each cell. */
  readonly firstNode: Int32Array;
  /** LL, HL, LH or HH. */
  readonly kind: Uint8Array;
  /** Magnitude bit-planes of the cell; 0 when they are not known. */
  readonly bitPlanes: Uint8Array;
  /** Samples of each code-block. */
  readonly width: Uint16Array;
  readonly height: Uint16Array;
  readonly nodes: number;

  /**
   * @param number the number of the tile
   * @throws NotDecoded when it would take too much memory
   * @throws OutOfWork
   */
  constructor(size: ImageSize, parameters: Parameters, number: number, work: Work) {
    const area = size.areaOf(number);
    let [precincts, cells, blocks] = [0, 0, 0];
    const levels: Level[] = [];
    for (const level of levelsOf(size, parameters, area, work)) {
      const { resolution } = level;
      const count = countOf(resolution.precincts);
      precincts += count;
      cells += count * resolution.bands.length;
      for (const { area: band, blockWidth, blockHeight } of resolution.bands)
        blocks += countOf(gridOf(band, blockWidth, blockHeight));
      if (count > 0) levels.push(level);
      const parts = LEVEL_BYTES * levels.length + PRECINCT_BYTES * precincts;
      if (parts + CELL_BYTES * cells + BLOCK_BYTES * blocks > MAX_MEMORY) throw new NotDecoded('budget');
    }
    work.spend(UNITS_PER_PRECINCT * precincts + UNITS_PER_BLOCK * blocks);
    this.precincts = precincts;
    this.component = new Uint16Array(precincts);
    this.resolution = new Uint8Array(precincts);
    this.x = new Float64Array(precincts);
    this.y = new Float64Array(precincts);
    this.firstCell = new Int32Array(precincts + 1);
    this.columns = new Uint16Array(cells);
    this.rows = new Uint16Array(cells);
    this.firstBlock = new Int32Array(cells + 1);
    this.firstNode = new Int32Array(cells + 1);
    this.kind = new Uint8Array(cells);
    this.bitPlanes = new Uint8Array(cells);
    this.width = new Uint16Array(blocks);
    this.height = new Uint16Array(blocks);
    let precinct = 0;
    for (const level of levels) precinct = this.#addPrecincts(level, precinct, size, area);
    this.nodes = this.firstNode[cells] ?? 0;
  }

  get blocks(): number {
    return this.width.length;
  }

  #addPrecincts(level: Level, first: number, size: ImageSize, tile: Area): number {
    const { component, number, resolution, style } = level;
    const { area, precincts, precinctWidth, precinctHeight } = resolution;
    const [horizontal, vertical] = size.components[component] ?? [1, 1];
    const scale = 2 ** (style.levels - number);
    const place = (cell: number, side: number, start: number, distance: number, edge: number): number =>
      cell * 2 ** side < start ? edge : cell * 2 ** side * scale * distance;
    let precinct = first;
    for (let row = precincts.top; row < precincts.bottom; row++) {
      for (let column = precincts.left; column < precincts.right; column++, precinct++) {
        this.component[precinct] = component;
        this.resolution[precinct] = number;
        this.x[precinct] = place(column, precinctWidth, area.left, horizontal, tile.left);
        this.y[precinct] = place(row, precinctHeight, area.top, vertical, tile.top);
        let cell = this.firstCell[precinct] ?? 0;
        for (const band of resolution.bands) this.#addCell(cell++, level, band, column, row);
        this.firstCell[precinct + 1] = cell;
      }
    }
    return precinct;
  }

  #addCell(cell: number, level: Level, band: Band, column: number, row: number): void {
    const { quantization, number } = level;
    const planes = quantization === undefined ? undefined : bitPlanesOf(quantization, number, band.kind);
    const area = inPrecinct(band, column, row);
    const grid = gridOf(area, band.blockWidth, band.blockHeight);
    const [columns, rows] = [grid.right - grid.left, grid.bottom - grid.top];
    const [width, height] = [2 ** band.blockWidth, 2 ** band.blockHeight];
    let block = this.firstBlock[cell] ?? 0;
    for (let y = grid.top; y < grid.bottom; y++) {
      for (let x = grid.left; x < grid.right; x++, block++) {
        this.width[block] = Math.min(area.right, (x + 1) * width) - Math.max(area.left, x * width);
        this.height[block] = Math.min(area.bottom, (y + 1) * height) - Math.max(area.top, y * height);
      }
    }
    this.columns[cell] = columns;
    this.rows[cell] = rows;
    this.kind[cell] = band.kind;
    this.bitPlanes[cell] = planes === undefined ? 0 : Math.min(Math.max(planes + level.shift, 0), 255);
    this.firstBlock[cell + 1] = block;
    this.firstNode[cell + 1] = (this.firstNode[cell] ?? 0) + nodesOf(columns, rows);
  }
}

function* levelsOf(size: ImageSize, parameters: Parameters, tile: Area, work: Work): Generator<Level> {
  for (const [component, [horizontal, vertical]] of size.components.entries()) {
    const style = parameters.styleOf(component);
    if (style === undefined) throw new NotDecoded('jpx');
    const area = componentArea(tile, horizontal, vertical);
    work.spend(UNITS_PER_RESOLUTION * (style.levels + 1));
    for (let number = 0; number <= style.levels; number++) {
      yield {
        component,
        number,
        style,
        resolution: resolutionOf(area, style, number),
        quantization: parameters.quantizationOf(component),
        shift: parameters.shiftOf(component),
      };
    }
  }
}
