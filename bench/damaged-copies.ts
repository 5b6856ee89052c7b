import { damage, makePdf, makePng } from '../test/upstream/documents.ts';
import { type Random, seededRandom } from '../test/upstream/random.ts';

type Inflict = (document: Buffer, random: Random) => Buffer;

export interface DamagedCopies {
  readonly name: string;
  readonly copies: readonly Buffer[];
}

/** The number of copies for each class of damage, each of another document. */
const COPIES = 300;
/** The sizes in turn: that of the real document, a smaller and a larger one. */
const BYTES = { pdf: [13_000, 6_000, 60_000], png: [48_000, 8_000, 120_000] } as const;
const BLOCK = 512;
const MAX_LOST_BYTES = 64;
const ERROR_PAGE = Buffer.from('<html><body><h1>Service temporarily unavailable</h1></body></html>\n');

const below = (limit: number, random: Random): number => Math.floor(random() * limit);

/** The offset of a random whole block, like a disk block. */
const blockOf = ({ length }: Buffer, random: Random): number =>
  BLOCK * below(Math.floor(length / BLOCK), random);

const overwrite = (document: Buffer, at: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([document.subarray(0, at), bytes, document.subarray(at + bytes.length)]);

/** Damage by disks, networks, text decoders and error handlers. */
const classes: Readonly<Record<string, Inflict>> = {
  'cut short': (document, random) => document.subarray(0, 1 + below(document.length - 1, random)),
  '512 bytes of zeros': (document, random) =>
    overwrite(document, blockOf(document, random), Buffer.alloc(BLOCK)),
  '512 bytes of noise': (document, random) => {
    const noise = Uint8Array.from({ length: BLOCK }, () => below(256, random));
    return overwrite(document, blockOf(document, random), noise);
  },
  'two blocks of 512 bytes swapped': (document, random) => {
    const [one, other] = [blockOf(document, random), blockOf(document, random)];
    const moved = overwrite(document, one, document.subarray(other, other + BLOCK));
    return overwrite(moved, other, document.subarray(one, one + BLOCK));
  },
  'one bit flipped': (document, random) => {
    const at = below(document.length, random);
    return overwrite(document, at, Buffer.of(document.readUInt8(at) ^ (1 << below(8, random))));
  },
  [`up to ${MAX_LOST_BYTES} bytes lost`]: (document, random) => {
    const at = below(document.length - MAX_LOST_BYTES, random);
    const end = at + 1 + below(MAX_LOST_BYTES, random);
    return Buffer.concat([document.subarray(0, at), document.subarray(end)]);
  },
  'an error page appended': (document) => Buffer.concat([document, ERROR_PAGE]),
  'through a UTF-8 decoder': damage,
};

/** Generates undamaged documents, all different. */
export function undamagedDocuments(format: 'pdf' | 'png'): readonly Buffer[] {
  const make = format === 'pdf' ? makePdf : makePng;
  const sizes = BYTES[format];
  return Array.from({ length: COPIES }, (_, index) =>
    make({ bytes: sizes[index % sizes.length] ?? NaN, seed: index + 1 }),
  );
}

/** One copy of each document for each class of damage, the same in every run with the same version of zlib. */
export function damagedCopies(documents: readonly Buffer[]): readonly DamagedCopies[] {
  return Object.entries(classes).map(([name, inflict], index) => {
    const random = seededRandom(index + 1);
    return { name, copies: documents.map((document) => damagedCopy(document, inflict, random)) };
  });
}

/** Repeats damage that changes nothing, such as a block swapped with itself. */
function damagedCopy(document: Buffer, inflict: Inflict, random: Random): Buffer {
  const copy = inflict(document, random);
  return copy.equals(document) ? damagedCopy(document, inflict, random) : copy;
}
