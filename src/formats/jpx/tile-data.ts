import type { Work } from '../work.ts';
import { BlockData } from './block-data.ts';
import type { Progression } from './coding.ts';
import { Malformed, Undecoded } from './failure.ts';
import type { ImageSize } from './image-size.ts';
import { Packets } from './packets.ts';
import type { Parameters } from './parameters.ts';
import { walkPackets } from './progression.ts';
import { KNOWN_OPTIONS } from './segments.ts';
import { Tile } from './tile.ts';

const ALL = { firstResolution: 0, endResolution: 33, firstComponent: 0, endComponent: 0xffff };

/**
 * Decodes the data of a tile: its packets fill them.
 *
 * @param data the data of all its tile-parts
 * @throws Malformed
 * @throws Undecoded
 * @throws OutOfWork
 */
export function checkTile(
  size: ImageSize,
  parameters: Parameters,
  number: number,
  data: Uint8Array,
  work: Work,
): void {
  const { tileStyle } = parameters;
  if (tileStyle === undefined) throw new Undecoded('jpx');
  const optionsOf = (component: number): number => parameters.styleOf(component)?.options ?? 0;
  for (let component = 0; component < size.components.length; component++)
    if (optionsOf(component) > KNOWN_OPTIONS) throw new Undecoded('jpx');
  const tile = new Tile(size, parameters, number, work);
  // Each packet takes a byte at least.
  if (tile.precincts > data.length) throw new Malformed(0);
  const packets = new Packets(tile, tileStyle, optionsOf, data, work);
  const { order, layers } = tileStyle;
  const changes: readonly Progression[] = parameters.progressions;
  for (const change of changes.length > 0 ? changes : [{ ...ALL, order, layers }])
    walkPackets(tile, { ...change, layers: Math.min(change.layers, layers) }, work, (precinct, layer) => {
      // Some writers announce layers that they leave out.
      if (packets.isAtEnd && packets.areWholeLayers) return false;
      packets.read(precinct, layer);
      return true;
    });
  if (!packets.isAtEnd) throw new Malformed(packets.at);
  const decoder = new BlockData(packets.blocks, data, work);
  for (let precinct = 0; precinct < tile.precincts; precinct++) {
    const options = optionsOf(tile.component[precinct] ?? 0);
    const endCell = tile.firstCell[precinct + 1] ?? 0;
    for (let cell = tile.firstCell[precinct] ?? 0; cell < endCell; cell++) {
      const kind = tile.kind[cell] ?? 0;
      const endBlock = tile.firstBlock[cell + 1] ?? 0;
      for (let number = tile.firstBlock[cell] ?? 0; number < endBlock; number++) {
        if (packets.blocks.firstOf(number) < 0) continue;
        const [width, height] = [tile.width[number] ?? 0, tile.height[number] ?? 0];
        if (!decoder.isWhole({ number, kind, width, height, options })) throw new Malformed(0);
      }
    }
  }
}
