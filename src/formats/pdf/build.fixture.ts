import { deflateSync } from 'node:zlib';

/** An entry of a cross-reference stream (7.5.8.3): the type, and two fields whose meaning depends on it. */
type Entry = readonly [type: number, second: number, third: number];

export interface SectionOptions {
  /** More entries of the section's dictionary, such as `/Prev 123`. */
  readonly extra?: string;
  /** Objects in the section; those not written are free. By default all objects written since the last section. */
  readonly numbers?: readonly number[];
}

export interface XrefStreamOptions extends SectionOptions {
  /** The predictor of the rows: none, one of the PNG predictors 0 to 4, or the TIFF predictor. */
  readonly predictor?: 'none' | 'tiff' | 0 | 1 | 2 | 3 | 4;
  readonly widths?: readonly [number, number, number];
  /** Encodes the data again, for a filter before FlateDecode. */
  readonly armour?: { readonly filter: string; readonly encode: (data: Buffer) => Buffer };
}

/** Writes PDFs byte by byte and tracks the offsets, so that a test can make any of them wrong. */
export class PdfBuilder {
  readonly offsets = new Map<number, number>();
  readonly compressed = new Map<number, Entry>();
  readonly eol: string;
  #chunks: Buffer[] = [];
  #length = 0;
  #pending: number[] = [];
  #section = 0;
  #highest = 0;

  constructor(options: { eol?: string; leading?: string } = {}) {
    this.eol = options.eol ?? '\n';
    this.raw(options.leading ?? '')
      .line('%PDF-1.7')
      .line('%\u00e4\u00fc\u00f6\u00df');
  }

  get length(): number {
    return this.#length;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  raw(content: string | Uint8Array): this {
    const chunk = typeof content === 'string' ? Buffer.from(content, 'latin1') : Buffer.from(content);
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    return this;
  }

  line(content: string): this {
    return this.raw(content + this.eol);
  }

  object(number: number, body: string): this {
    return this.#open(number).line(body).line('endobj');
  }

  /** A stream whose data are written unchanged. */
  rawStream(number: number, data: Uint8Array, entries: string, length: string | number = data.length): this {
    return this.#open(number)
      .line(`<</Length ${length}${entries}>>`)
      .raw('stream\n')
      .raw(data)
      .line('')
      .line('endstream')
      .line('endobj');
  }

  /** A stream with FlateDecode. */
  stream(number: number, content: string | Uint8Array, entries = ''): this {
    return this.rawStream(number, deflateSync(content), `/Filter/FlateDecode${entries}`);
  }

  /** An object stream (7.5.7). */
  objectStream(number: number, objects: ReadonlyMap<number, string>, entries = ''): this {
    let pairs = '';
    let bodies = '';
    let index = 0;
    for (const [compressed, body] of objects) {
      pairs += `${compressed} ${bodies.length} `;
      bodies += `${body} `;
      this.compressed.set(compressed, [2, number, index++]);
      this.#list(compressed);
    }
    const dictionary = `/Type/ObjStm/N ${objects.size}/First ${pairs.length}${entries}`;
    return this.stream(number, pairs + bodies, dictionary);
  }

  /** A cross-reference table (7.5.4) with its trailer. Each run of numbers is a subsection. */
  table(options: SectionOptions = {}): this {
    const numbers = this.#take(options);
    this.#section = this.#length;
    this.line('xref').line('0 1').raw('0000000000 65535 f').raw(this.#entryEnd());
    for (const run of runs(numbers)) {
      this.line(`${run[0] ?? 0} ${run.length}`);
      for (const number of run) {
        const offset = this.offsets.get(number);
        const entry =
          String(offset ?? 0).padStart(10, '0') + (offset === undefined ? ' 00000 f' : ' 00000 n');
        this.raw(entry).raw(this.#entryEnd());
      }
    }
    return this.line('trailer').line(`<</Size ${this.#size()}/Root 1 0 R${options.extra ?? ''}>>`);
  }

  /** A cross-reference stream (7.5.8). */
  xrefStream(number: number, options: XrefStreamOptions = {}): this {
    this.#section = this.#length;
    this.#open(number);
    const numbers = this.#take(options);
    const widths = options.widths ?? [1, 3, 1];
    const columns = widths[0] + widths[1] + widths[2];
    const rows = Buffer.concat(numbers.map((one) => row(this.#entry(one), widths)));
    const { predictor = 'none', armour } = options;
    const deflated = deflateSync(predict(rows, columns, predictor));
    const data = armour === undefined ? deflated : armour.encode(deflated);
    const index = runs(numbers)
      .map((run) => `${run[0] ?? 0} ${run.length}`)
      .join(' ');
    const parameters =
      predictor === 'none'
        ? ''
        : `/DecodeParms<</Predictor ${predictor === 'tiff' ? 2 : 12}/Columns ${columns}>>`;
    return this.line(`<</Type/XRef/Size ${this.#size()}/Root 1 0 R/W[${widths.join(' ')}]/Index[${index}]`)
      .line(
        `/Filter[${armour?.filter ?? ''}/FlateDecode]${parameters}/Length ${data.length}${options.extra ?? ''}>>`,
      )
      .raw('stream\r\n')
      .raw(data)
      .line('')
      .line('endstream')
      .line('endobj');
  }

  /** Offset of the last section. */
  get section(): number {
    return this.#section;
  }

  /** The end of the document, or of one revision (7.5.5). */
  end(startxref = this.#section): this {
    return this.line('startxref').line(String(startxref)).line('%%EOF');
  }

  #open(number: number): this {
    this.offsets.set(number, this.#length);
    this.#list(number);
    return this.line(`${number} 0 obj`);
  }

  #list(number: number): void {
    this.#pending.push(number);
    this.#highest = Math.max(this.#highest, number);
  }

  #take(options: SectionOptions): number[] {
    const numbers = [...new Set(options.numbers ?? this.#pending)].sort((a, b) => a - b);
    this.#pending = [];
    return numbers;
  }

  #entry(number: number): Entry {
    return this.compressed.get(number) ?? [1, this.offsets.get(number) ?? 0, 0];
  }

  /** An entry has exactly 20 bytes. */
  #entryEnd(): string {
    return this.eol.length === 2 ? this.eol : ` ${this.eol}`;
  }

  #size(): number {
    return this.#highest + 1;
  }
}

/** A small document with one page, its content and a cross-reference table. */
export function document(options?: { eol?: string; leading?: string }): PdfBuilder {
  return pages(new PdfBuilder(options)).table().end();
}

/** Objects 1 to 4: a catalog, the page tree, a page and its content. */
export function pages(builder: PdfBuilder): PdfBuilder {
  return builder
    .object(1, '<</Type/Catalog/Pages 2 0 R>>')
    .object(2, '<</Type/Pages/Kids[3 0 R]/Count 1>>')
    .object(3, '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>')
    .stream(4, 'BT /F1 12 Tf 72 720 Td (Hello) Tj ET\n'.repeat(20));
}

/** The same document with an object stream and a cross-reference stream. */
export function compressedDocument(options: XrefStreamOptions = {}): PdfBuilder {
  return compressedPages(new PdfBuilder()).xrefStream(6, options).end();
}

export function compressedPages(builder: PdfBuilder): PdfBuilder {
  const objects = new Map([
    [1, '<</Type/Catalog/Pages 2 0 R>>'],
    [2, '<</Type/Pages/Kids[3 0 R]/Count 1>>'],
    [3, '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>'],
  ]);
  return builder.stream(4, 'BT (Hello) Tj ET '.repeat(30)).objectStream(5, objects);
}

function runs(numbers: readonly number[]): number[][] {
  const result: number[][] = [];
  for (const number of numbers) {
    const last = result.at(-1);
    if (last?.at(-1) === number - 1) last.push(number);
    else result.push([number]);
  }
  return result;
}

function row(entry: Entry, widths: readonly [number, number, number]): Buffer {
  return Buffer.concat([field(entry[0], widths[0]), field(entry[1], widths[1]), field(entry[2], widths[2])]);
}

function field(value: number, width: number): Buffer {
  const bytes = Buffer.alloc(width);
  for (let i = width - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  return bytes;
}

function predict(rows: Buffer, columns: number, predictor: XrefStreamOptions['predictor']): Buffer {
  if (predictor === 'none' || predictor === undefined) return rows;
  const at = (y: number, x: number): number => (x < 0 || y < 0 ? 0 : (rows[y * columns + x] ?? 0));
  const out: number[] = [];
  for (let y = 0; y * columns < rows.length; y++) {
    if (predictor !== 'tiff') out.push(predictor);
    for (let x = 0; x < columns; x++) {
      const left = at(y, x - 1);
      const up = at(y - 1, x);
      const upLeft = at(y - 1, x - 1);
      const paeth = [left, up, upLeft].reduce((best, one) =>
        Math.abs(left + up - upLeft - one) < Math.abs(left + up - upLeft - best) ? one : best,
      );
      const guess = predictor === 'tiff' ? left : [0, left, up, (left + up) >> 1, paeth][predictor];
      out.push((at(y, x) - (guess ?? 0)) & 0xff);
    }
  }
  return Buffer.from(out);
}
