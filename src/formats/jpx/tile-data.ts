import { NotDecoded } from '../content.ts';
import type { Work } from '../work.ts';
import { type Block, BlockData } from './block-data.ts';
import type { CodeBlocks } from './code-blocks.ts';
import { JpxDamage } from './damage.ts';
import type { ImageSize } from './image-size.ts';
import { Packets } from './packets.ts';
import type { Parameters } from './parameters.ts';
import { walkPackets } from './progression.ts';
import { KNOWN_OPTIONS } from './segments.ts';
import { Tile } from './tile.ts';

const ALL = { firstResolution: 0, endResolution: 33, firstComponent: 0, endComponent: 0xffff };

/** The share of the work left that may go into the code-blocks of a tile, so that what follows is checked as well. */
const SHARE = 0.75;
/** Units of work to look at a code-block. */
const UNITS_PER_BLOCK = 10;

/**
 * Decodes the data of a tile: its packets fill them, and the passes of each code-block fill its own.
 *
 * @param data the data of all its tile-parts
 * @throws JpxDamage
 * @throws NotDecoded
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
  if (tileStyle === undefined) throw new NotDecoded('jpx');
  const options = Uint8Array.from(size.components, (_, i) => parameters.styleOf(i)?.options ?? 0);
  if (options.some((value) => value > KNOWN_OPTIONS)) throw new NotDecoded('jpx');
  const tile = new Tile(size, parameters, number, work);
  // Each packet takes a byte at least.
  if (tile.precincts > data.length) throw new JpxDamage(0);
  const packets = new Packets(tile, tileStyle, options, data, work);
  const { order, layers } = tileStyle;
  const { progressions } = parameters;
  for (const progression of progressions.length > 0 ? progressions : [{ ...ALL, order, layers }])
    walkPackets(
      tile,
      { ...progression, layers: Math.min(progression.layers, layers) },
      work,
      (precinct, layer) => {
        // Some writers announce layers that they leave out.
        if (packets.isAtEnd && packets.areWholeLayers) return false;
        packets.read(precinct, layer);
        return true;
      },
    );
  if (!packets.isAtEnd) throw new JpxDamage(packets.at);
  checkBlocks(tile, packets.blocks, options, data, work);
}

function checkBlocks(
  tile: Tile,
  blocks: CodeBlocks,
  options: Uint8Array,
  data: Uint8Array,
  work: Work,
): void {
  work.spend(UNITS_PER_BLOCK * tile.blocks);
  const decoder = new BlockData(blocks, data, work);
  let units = 0;
  for (const block of codedBlocks(tile, blocks, options)) units += decoder.unitsFor(block);
  if (units > SHARE * work.remaining) throw new NotDecoded('budget');
  for (const block of codedBlocks(tile, blocks, options))
    if (!decoder.isWhole(block)) throw new JpxDamage(blocks.offsetOf(blocks.firstOf(block.number)));
}

/** The code-blocks that have data. */
function* codedBlocks(tile: Tile, blocks: CodeBlocks, options: Uint8Array): Generator<Block> {
  for (let precinct = 0; precinct < tile.precincts; precinct++) {
    const own = options[tile.component[precinct] ?? 0] ?? 0;
    const endCell = tile.firstCell[precinct + 1] ?? 0;
    for (let cell = tile.firstCell[precinct] ?? 0; cell < endCell; cell++) {
      const kind = tile.kind[cell] ?? 0;
      const end = tile.firstBlock[cell + 1] ?? 0;
      for (let number = tile.firstBlock[cell] ?? 0; number < end; number++) {
        if (blocks.firstOf(number) < 0) continue;
        yield {
          number,
          kind,
          width: tile.width[number] ?? 0,
          height: tile.height[number] ?? 0,
          options: own,
        };
      }
    }
  }
}
