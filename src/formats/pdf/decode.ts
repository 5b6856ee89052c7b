import { ascii85Bound, asciiHexBound, decodeAscii85, decodeAsciiHex } from './ascii-filters.ts';
import { Damage } from './damage.ts';
import type { Filter } from './filters.ts';
import type { Inflater } from './inflater.ts';
import { decodeLzw, lzwSize } from './lzw.ts';
import { numberOf } from './names.ts';
import { undoPngPredictor, undoTiffPredictor } from './predictors.ts';
import { decodeRunLength, runLengthBytes } from './run-length.ts';
import { integerAt, Scanner } from './scanner.ts';

const EARLY_CHANGE = numberOf('EarlyChange');
const PREDICTOR = numberOf('Predictor');
const COLUMNS = numberOf('Columns');

/** The result of decoding a stream. */
export interface Decoded {
  /** Undefined when not needed or above the memory limit. Valid until the second decoding after this one. */
  readonly data: Uint8Array | undefined;
  /** The filter that was not decoded: that of an image, or one recognised only by its name. */
  readonly rest: Filter | undefined;
  /** Whether a correct checksum covers all of the data. */
  readonly proven: boolean;
}

/**
 * Decodes data as far as their filters detect damage, up to the filter of an image.
 *
 * @param offset offset of the stream in the document, for the verdict
 * @param isRead whether the caller also needs data that a checksum covers
 * @throws Damage stream-corrupt
 * @throws OutOfWork
 */
export function decode(
  filters: readonly Filter[],
  raw: Uint8Array,
  offset: number,
  inflater: Inflater,
  isRead: boolean,
): Decoded {
  let data: Uint8Array | undefined = raw;
  let proven = false;
  for (const filter of filters) {
    switch (filter.name) {
      case 'Crypt':
        break;
      case 'Flate':
        proven = true;
        if (isRead) data = inflater.inflate(data, offset);
        else {
          inflater.check(data, offset);
          data = undefined;
        }
        break;
      case 'ASCIIHex':
      case 'ASCII85':
        data = decodeAscii(filter.name === 'ASCIIHex', data, offset, inflater);
        break;
      case 'LZW':
        data = decodeCodes(filter, data, offset, inflater);
        break;
      case 'RunLength':
        data = decodeRuns(data, offset, inflater);
        break;
      default:
        return { data, rest: filter, proven };
    }
    if (data === undefined) return { data, rest: undefined, proven };
  }
  return { data, rest: undefined, proven };
}

function decodeAscii(
  isHex: boolean,
  data: Uint8Array,
  offset: number,
  inflater: Inflater,
): Uint8Array | undefined {
  const room = isHex ? asciiHexBound(data) : ascii85Bound(data);
  if (!inflater.mayHold(room)) return undefined;
  const decoder = isHex ? decodeAsciiHex : decodeAscii85;
  return decoder(data, inflater.scratch.next(room), inflater.work) ?? damaged(offset);
}

function decodeCodes(
  filter: Filter,
  data: Uint8Array,
  offset: number,
  inflater: Inflater,
): Uint8Array | undefined {
  const earlyChange = parameter(filter, EARLY_CHANGE) === 0 ? 0 : 1;
  const size = lzwSize(data, earlyChange, inflater.work);
  if (size < 0) return damaged(offset);
  if (!inflater.mayHold(size)) return undefined;
  const out = inflater.scratch.next(size).subarray(0, size);
  decodeLzw(data, earlyChange, out, inflater.work);
  return out;
}

function decodeRuns(data: Uint8Array, offset: number, inflater: Inflater): Uint8Array | undefined {
  inflater.work.spend(data.length);
  const size = runLengthBytes(data);
  if (size < 0) return damaged(offset);
  if (!inflater.mayHold(size)) return undefined;
  inflater.work.spend(size);
  return decodeRunLength(data);
}

function damaged(offset: number): never {
  throw new Damage('stream-corrupt', offset);
}

/** An integer parameter of a filter, or -1. Only a direct one, as cross-reference streams require. */
export function parameter({ parameters }: Filter, key: number): number {
  if (parameters === undefined) return -1;
  const scanner = new Scanner(parameters.bytes);
  scanner.scan(parameters.at);
  return scanner.at(key) === 0 ? -1 : integerAt(scanner.bytes, scanner.at(key));
}

/**
 * Undoes the predictor (7.4.4.4) for samples of one byte, as in cross-reference streams.
 *
 * @throws Damage xref-malformed
 * @throws OutOfWork
 */
export function unpredict(data: Uint8Array, filter: Filter | undefined, inflater: Inflater): Uint8Array {
  if (filter === undefined) return data;
  const columns = Math.max(parameter(filter, COLUMNS), 1);
  const predictor = parameter(filter, PREDICTOR);
  if (predictor <= 1) return data;
  const undo = predictor === 2 ? undoTiffPredictor : undoPngPredictor;
  return undo(data, columns, inflater.work);
}
