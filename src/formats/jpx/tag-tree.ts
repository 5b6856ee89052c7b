import type { HeaderBits } from './header-bits.ts';

/** Set in a node whose value is known. The other bits are the value, or what it is at least. */
const KNOWN = 1;
/** More than the levels of a tree with 8,192 leaves on a side, which a precinct has at most. */
const MAX_DEPTH = 16;

/** Decodes tag trees (ISO/IEC 15444-1, B.10.2). Their nodes are in an array, from the leaves to the root. */
export class TagTrees {
  readonly #nodes: Int32Array;
  readonly #path = new Int32Array(MAX_DEPTH);

  /** @param nodes all nodes of all trees */
  constructor(nodes: number) {
    this.#nodes = new Int32Array(nodes);
  }

  /**
   * Decodes whether the value of the leaf at this column and row is at least `limit`, and returns it if not; `limit`
   * otherwise.
   *
   * @param base the index of the first node of the tree
   * @param columns columns of leaves
   * @param rows rows of leaves
   * @throws JpxDamage when the header ends before
   */
  decode(
    bits: HeaderBits,
    base: number,
    columns: number,
    rows: number,
    column: number,
    row: number,
    limit: number,
  ): number {
    const path = this.#path;
    const nodes = this.#nodes;
    let depth = 0;
    for (let first = base, x = column, y = row, width = columns, height = rows; ;) {
      path[depth++] = first + y * width + x;
      if (width <= 1 && height <= 1) break;
      first += width * height;
      x >>= 1;
      y >>= 1;
      width = (width + 1) >> 1;
      height = (height + 1) >> 1;
    }
    let least = 0;
    let known = 0;
    while (depth-- > 0) {
      const index = path[depth] ?? 0;
      const node = nodes[index] ?? 0;
      known = node & KNOWN;
      least = Math.max(least, node >> 1);
      while (known === 0 && least < limit) {
        if (bits.read() === 1) known = KNOWN;
        else least++;
      }
      nodes[index] = (least << 1) | known;
    }
    return known === 0 ? limit : Math.min(least, limit);
  }
}

/** The nodes of a tree with so many columns and rows of leaves. */
export function nodesOf(columns: number, rows: number): number {
  let nodes = columns * rows;
  for (let width = columns, height = rows; width > 1 || height > 1;) {
    width = (width + 1) >> 1;
    height = (height + 1) >> 1;
    nodes += width * height;
  }
  return nodes;
}
