import type { Work } from '../work.ts';
import { CPRL, LRCP, PCRL, type Progression, RLCP, RPCL } from './coding.ts';
import type { Tile } from './tile.ts';

/** Units of work for a progression, and to sort a precinct. */
const UNITS_PER_PROGRESSION = 200;
const UNITS_PER_PRECINCT = 200;

/**
 * Calls back for each packet of a progression, in its order (ISO/IEC 15444-1, B.12.1).
 *
 * @param visit gets the precinct and the layer; false ends the walk
 * @throws OutOfWork
 */
export function walkPackets(
  tile: Tile,
  progression: Progression,
  work: Work,
  visit: (precinct: number, layer: number) => boolean,
): boolean {
  work.spend(UNITS_PER_PROGRESSION + UNITS_PER_PRECINCT * tile.precincts);
  const order = sortedPrecincts(tile, progression);
  const { layers } = progression;
  const { resolution } = tile;
  switch (progression.order) {
    case LRCP:
      return walkLayers(order, layers, visit);
    case RLCP:
      for (let from = 0, to = 0; from < order.length; from = to) {
        const first = resolution[order[from] ?? 0];
        while (to < order.length && resolution[order[to] ?? 0] === first) to++;
        if (!walkLayers(order.subarray(from, to), layers, visit)) return false;
      }
      return true;
    default:
      for (const precinct of order)
        for (let layer = 0; layer < layers; layer++) if (!visit(precinct, layer)) return false;
      return true;
  }
}

function walkLayers(
  order: Uint32Array,
  layers: number,
  visit: (precinct: number, layer: number) => boolean,
): boolean {
  for (let layer = 0; layer < layers && order.length > 0; layer++)
    for (const precinct of order) if (!visit(precinct, layer)) return false;
  return true;
}

/** The precincts of these resolutions and components, in the order in which their packets of one layer follow. */
function sortedPrecincts(tile: Tile, progression: Progression): Uint32Array {
  const { resolution, component, x, y } = tile;
  const { firstResolution, endResolution, firstComponent, endComponent } = progression;
  const chosen = new Uint32Array(tile.precincts);
  let count = 0;
  for (let precinct = 0; precinct < tile.precincts; precinct++) {
    const [r, c] = [resolution[precinct] ?? 0, component[precinct] ?? 0];
    if (r >= firstResolution && r < endResolution && c >= firstComponent && c < endComponent)
      chosen[count++] = precinct;
  }
  const by = (values: Uint8Array | Uint16Array | Float64Array) => (a: number, b: number) =>
    (values[a] ?? 0) - (values[b] ?? 0);
  const [byResolution, byComponent, byX, byY] = [by(resolution), by(component), by(x), by(y)];
  const keys = {
    [LRCP]: [byResolution, byComponent],
    [RLCP]: [byResolution, byComponent],
    [RPCL]: [byResolution, byY, byX, byComponent],
    [PCRL]: [byY, byX, byComponent, byResolution],
    [CPRL]: [byComponent, byY, byX, byResolution],
  }[progression.order];
  return chosen.subarray(0, count).sort((a, b) => {
    for (const compare of keys ?? []) {
      const difference = compare(a, b);
      if (difference !== 0) return difference;
    }
    return a - b;
  });
}
