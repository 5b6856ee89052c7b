import { constants, crc32, deflateSync } from 'node:zlib';
import { makeJpeg } from './jpeg.ts';
import { seededRandom, type Random } from './random.ts';

/**
 * The documents of the stand-in: three intact ones, and one damaged like those of the real upstream. The JPEG is
 * served only if the mix names it: the real upstream has none.
 */
export interface Documents {
  readonly png: Buffer;
  readonly pdf: Buffer;
  readonly jpeg: Buffer;
  readonly damaged: Buffer;
}

export interface DocumentOptions {
  /** The exact length of the file in bytes. */
  readonly bytes?: number;
  /** The same seed gives the same file with the same version of zlib. */
  readonly seed?: number;
}

/** Makes the documents, by default in the sizes of the real ones. */
export function makeDocuments({ pdfBytes = 13_000, pngBytes = 48_000, seed = 1 } = {}): Documents {
  const pdf = makePdf({ bytes: pdfBytes, seed });
  return { png: makePng({ bytes: pngBytes, seed }), pdf, jpeg: makeJpeg({ seed }), damaged: damage(pdf) };
}

/**
 * Decodes and encodes the bytes as UTF-8, which replaces every invalid byte by U+FFFD. The header, `startxref` and
 * `%%EOF` of a PDF stay, but all offsets are wrong.
 */
export function damage(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('utf8'), 'utf8');
}

const SMALLEST_PDF = 4_096;
const BYTES_PER_PAGE = 6_500;
const IMAGE_WIDTH = 64;
const WORDS = (
  'the invoice account balance of is due on delivery amount tax period customer number reference payment ' +
  'terms for services goods order date total net gross discount received with and from bank transfer'
).split(' ');

/**
 * A PDF 1.4 with a classic cross-reference table. Each page has text in Helvetica (one of the 14 standard fonts) and
 * a greyscale image, both in Flate streams. A page takes about 6.5 KB, so 20 MB have about 6,000 streams. Throws a
 * RangeError below 4,096 bytes.
 */
export function makePdf({ bytes = 13_000, seed = 1 }: DocumentOptions = {}): Buffer {
  if (bytes < SMALLEST_PDF)
    throw new RangeError(`a PDF of ${bytes} bytes is too small, ${SMALLEST_PDF} will do`);
  const random = seededRandom(seed);
  const pageCount = Math.max(1, Math.round(bytes / BYTES_PER_PAGE));
  // Four objects of the document and three of each page, plus entry 0 of the table.
  const size = 1 + 4 + 3 * pageCount;
  const pageNumber = (index: number): number => 5 + 3 * index;

  const parts: Buffer[] = [];
  const offsets: number[] = [];
  let written = 0;
  const write = (part: string | Buffer): void => {
    const chunk = typeof part === 'string' ? Buffer.from(part, 'latin1') : part;
    parts.push(chunk);
    written += chunk.length;
  };
  const writeObject = (dictionary: string, stream?: Buffer): void => {
    offsets.push(written);
    write(`${offsets.length} 0 obj\n${dictionary}\n`);
    if (stream) for (const part of ['stream\n', stream, '\nendstream\n']) write(part);
    write('endobj\n');
  };

  const kids = Array.from({ length: pageCount }, (_, index) => `${pageNumber(index)} 0 R`);
  write('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n');
  writeObject('<< /Type /Catalog /Pages 2 0 R >>');
  writeObject(`<< /Type /Pages /Count ${pageCount} /Kids [${kids.join(' ')}] >>`);
  writeObject('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>');
  writeObject(`<< /Title (Document of seed ${seed}) /Producer (Stand-in upstream) >>`);

  const entry = (offset: number): string => `${String(offset).padStart(10, '0')} 00000 n \n`;
  const table = (xref: number): string =>
    `xref\n0 ${size}\n0000000000 65535 f \n${offsets.map(entry).join('')}` +
    `trailer\n<< /Size ${size} /Root 1 0 R /Info 4 0 R >>\nstartxref\n${xref}\n%%EOF\n`;
  // Includes the entries of later objects: the images must end where the table starts.
  const tableLength = table(bytes).length + 20 * (size - 1 - offsets.length);
  const xref = bytes - tableLength;

  for (let index = 0; index < pageCount; index++) {
    const page = pageNumber(index);
    const end = written + (xref - written) / (pageCount - index);
    writeObject(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${page + 1} 0 R\n` +
        `   /Resources << /Font << /F1 3 0 R >> /XObject << /Im1 ${page + 2} 0 R >> >> >>`,
    );
    const content = deflateSync(pageContent(index + 1, random));
    writeObject(`<< /Length ${content.length} /Filter /FlateDecode >>`, content);
    // 240 bytes for the dictionary and keywords of the image, and for padding.
    const image = noise(IMAGE_WIDTH, end - written - 240, random);
    writeObject(
      `<< /Type /XObject /Subtype /Image /Width ${IMAGE_WIDTH} /Height ${image.rows} /BitsPerComponent 8\n` +
        `   /ColorSpace /DeviceGray /Length ${image.deflated.length} /Filter /FlateDecode >>`,
      image.deflated,
    );
  }
  write(`${'%'.padEnd(xref - written - 1, '.')}\n`);
  // If startxref has one digit fewer than the length of the file, the rest is a second line feed.
  write(table(xref).padEnd(tableLength, '\n'));
  return Buffer.concat(parts);
}

function pageContent(number: number, random: Random): Buffer {
  const word = (): string => WORDS[Math.floor(random() * WORDS.length)] ?? '';
  const line = (): string => Array.from({ length: 12 }, word).join(' ');
  const text = [`Page ${number}`, ...Array.from({ length: 30 }, line)].map((words) => `(${words}) Tj T*\n`);
  return Buffer.from(
    `BT\n/F1 11 Tf\n14 TL\n72 770 Td\n${text.join('')}ET\nq\n200 0 0 200 72 72 cm\n/Im1 Do\nQ\n`,
    'latin1',
  );
}

const SMALLEST_PNG = 1_024;
const IDAT_LENGTH = 8_192;
/** The length, type and CRC of a chunk. */
const CHUNK_OVERHEAD = 12;
const COMMENT = Buffer.from('Comment\0');

/**
 * A PNG of truecolour noise, about square, with IDAT chunks of 8 KiB as libpng writes them. A comment pads it to its
 * length. Throws a RangeError below 1,024 bytes.
 */
export function makePng({ bytes = 48_000, seed = 1 }: DocumentOptions = {}): Buffer {
  if (bytes < SMALLEST_PNG)
    throw new RangeError(`a PNG of ${bytes} bytes is too small, ${SMALLEST_PNG} will do`);
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const iend = pngChunk('IEND', Buffer.alloc(0));
  // Deflated noise takes half a byte per sample, so this width makes the image about square.
  const width = Math.ceil(Math.sqrt((2 * bytes) / 3));

  const ihdr = Buffer.alloc(13);
  const rest =
    signature.length + CHUNK_OVERHEAD + ihdr.length + CHUNK_OVERHEAD + COMMENT.length + iend.length;
  const image = noise(
    1 + 3 * width,
    bytes - rest - CHUNK_OVERHEAD * Math.ceil(bytes / IDAT_LENGTH),
    seededRandom(seed),
  );
  ihdr.writeUInt32BE(width, 0);
  ihdr.writeUInt32BE(image.rows, 4);
  ihdr.set([8, 2, 0, 0, 0], 8);

  const idats: Buffer[] = [];
  for (let at = 0; at < image.deflated.length; at += IDAT_LENGTH) {
    idats.push(pngChunk('IDAT', image.deflated.subarray(at, at + IDAT_LENGTH)));
  }
  const padding = bytes - rest - idats.reduce((sum, idat) => sum + idat.length, 0);
  const text = pngChunk('tEXt', Buffer.concat([COMMENT, Buffer.alloc(padding, '.')]));
  return Buffer.concat([signature, pngChunk('IHDR', ihdr), text, ...idats, iend]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const chunk = Buffer.alloc(CHUNK_OVERHEAD + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return chunk;
}

interface Noise {
  readonly rows: number;
  readonly deflated: Buffer;
}

/**
 * Makes as many rows of 16 shades as deflate into `limit` bytes, at least one. Each row starts with a zero: the
 * filter type in a PNG, a black pixel in a PDF. Sixteen equally likely values deflate to half a byte each, so
 * inflating them costs real work.
 */
function noise(rowLength: number, limit: number, random: Random): Noise {
  let rows = Math.max(1, Math.floor((2 * limit) / rowLength));
  const raw = Buffer.alloc(rows * rowLength);
  for (let at = 0; at < raw.length; at += 4) {
    const bits = random() * 2 ** 32;
    for (let i = 0; i < 4 && at + i < raw.length; i++) raw[at + i] = (bits >>> (8 * i)) & 0xf0;
  }
  for (let row = 0; row < rows; row++) raw[row * rowLength] = 0;
  for (;;) {
    const deflated = deflateSync(raw.subarray(0, rows * rowLength), { strategy: constants.Z_HUFFMAN_ONLY });
    const excess = deflated.length - limit;
    if (excess <= 0 || rows === 1) return { rows, deflated };
    rows = Math.max(1, rows - Math.ceil((2 * excess) / rowLength));
  }
}
