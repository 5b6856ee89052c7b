import type { Work } from '../work.ts';
import { entries, nameOf } from './containers.ts';
import { checkContentStream, type Resources } from './content-stream.ts';
import { Damage } from './damage.ts';
import { numberOf } from './names.ts';
import type { ObjectTable, Value } from './object-table.ts';
import type { ContentUse, Uses } from './resources.ts';
import { Scanner } from './scanner.ts';
import type { StreamContents } from './stream-content.ts';
import { dataStart } from './streams.ts';

const LENGTH = numberOf('Length');

/** Checks the streams that have no checksum by what pages use them for. */
export class UnprovenStreams implements Uses {
  readonly #table: ObjectTable;
  readonly #contents: StreamContents;
  readonly #work: Work;
  readonly #scanner: Scanner;
  /** The numbers of the streams that are still to be checked. */
  readonly #unproven: Set<number>;

  constructor(table: ObjectTable, contents: StreamContents, work: Work, unproven: Set<number>) {
    this.#table = table;
    this.#contents = contents;
    this.#work = work;
    this.#scanner = new Scanner(table.xref.bytes);
    this.#unproven = unproven;
  }

  read(streams: readonly number[]): Uint8Array[] | undefined {
    const parts: Uint8Array[] = [];
    for (const number of streams) {
      const data = this.#read(number);
      if (data === undefined) return undefined;
      parts.push(data);
    }
    return parts;
  }

  /**
   * Checks the content of a page or a form when one of its streams has no checksum.
   *
   * @throws Damage stream-corrupt
   * @throws OutOfWork
   */
  content({ streams, resources }: ContentUse): void {
    const unproven = streams.filter((number) => this.#unproven.delete(number));
    const parts = unproven.length === 0 ? undefined : this.read(streams);
    if (parts === undefined) return;
    const found = checkContentStream(parts, this.#work, this.#namesIn(resources));
    if (found.kind === 'damaged')
      throw new Damage('stream-corrupt', this.#table.xref.locate(unproven[0] ?? 0));
  }

  font(): void {
    // Their programs.
  }

  /** The content of a stream, copied; undefined when it went unchecked. */
  #read(number: number): Uint8Array | undefined {
    const { xref } = this.#table;
    const object = xref.locate(number);
    const value = this.#table.find(number);
    if (value === undefined || object <= 0) return undefined;
    const scanner = this.#scanner;
    scanner.scan(value.at, xref.bytes);
    const start = dataStart(xref.bytes, scanner.end);
    const end = start + this.#table.integer(xref.bytes, scanner.at(LENGTH));
    const stream = { scanner, object, start, end, isSuperseded: false };
    return start < 0 || end < start ? undefined : this.#contents.read(stream)?.slice();
  }

  /** Whether resources have an entry of a category and a name; undefined when they cannot be known. */
  #namesIn(resources: Value | undefined): Resources | undefined {
    const value = resources === undefined ? undefined : this.#table.resolve(resources.bytes, resources.at);
    if (value === undefined) return undefined;
    const names = new Set<string>();
    for (const category of entries(value.bytes, value.at)) {
      const dictionary = this.#table.resolve(value.bytes, category.at);
      if (dictionary === undefined) continue;
      const prefix = nameOf(value.bytes, category.keyStart, category.keyEnd);
      for (const { keyStart, keyEnd } of entries(dictionary.bytes, dictionary.at)) {
        names.add(`${prefix}/${nameOf(dictionary.bytes, keyStart, keyEnd)}`);
      }
    }
    return (category, name) => names.has(`${category}/${name}`);
  }
}
