import type { Content } from '../content.ts';
import { checkFontFile } from '../fonts/font-file.ts';
import type { Work } from '../work.ts';
import { Entries, firstElement, nameOf } from './containers.ts';
import { checkContentStream, type Resources } from './content-stream.ts';
import { Damage } from './damage.ts';
import { numberOf } from './names.ts';
import type { ObjectTable, Value } from './object-table.ts';
import type { ContentUse, Uses } from './resources.ts';
import { referenceAt, Scanner } from './scanner.ts';
import type { StreamContents } from './stream-content.ts';

const SUBTYPE = numberOf('Subtype');
const FORM = numberOf('Form');
const PATTERN_TYPE = numberOf('PatternType');
const TILING = 1;
const DESCENDANT_FONTS = numberOf('DescendantFonts');
const FONT_DESCRIPTOR = numberOf('FontDescriptor');
const FONT_FILES: readonly number[] = ['FontFile', 'FontFile2', 'FontFile3'].map(numberOf);
/** Keys of resources (Table 34), except /ExtGState. */
const OTHER_CATEGORIES: ReadonlySet<string> = new Set(
  'ColorSpace Pattern Shading XObject Font ProcSet Properties'.split(' '),
);
const WHOLE: Content = { kind: 'whole' };

/** Checks streams without a checksum by their use in pages. */
export class UnprovenStreams implements Uses {
  readonly #table: ObjectTable;
  readonly #contents: StreamContents;
  readonly #work: Work;
  readonly #scanner: Scanner;
  /** The numbers of the streams to be checked. */
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
      const data = this.#contents.readObject(number)?.slice();
      if (data === undefined) return undefined;
      parts.push(data);
    }
    return parts;
  }

  /**
   * Checks the content of a page or form if one of its streams has no checksum.
   *
   * @throws Damage stream-corrupt
   * @throws OutOfWork
   */
  content(use: ContentUse): void {
    if (!this.#isSound(use)) throw new Damage('stream-corrupt', this.#table.xref.locate(use.streams[0] ?? 0));
  }

  isSoundForm(form: ContentUse): boolean {
    return this.#isSound(form);
  }

  /**
   * Checks the font programs without a checksum of a font and its descendant (9.7.6, 9.9).
   *
   * @throws Damage stream-corrupt
   * @throws OutOfWork
   */
  font(font: Value): void {
    const scanner = this.#scanner;
    scanner.scan(font.at, font.bytes);
    const [descriptor, descendants] = [scanner.at(FONT_DESCRIPTOR), scanner.at(DESCENDANT_FONTS)];
    this.#fontFiles(font.bytes, descriptor);
    const array = descendants === 0 ? undefined : this.#table.resolve(font.bytes, descendants);
    // A font has at most one descendant, which has none.
    const first = array === undefined ? undefined : firstElement(array.bytes, array.at);
    const descendant =
      array === undefined || first === undefined ? undefined : this.#table.resolve(array.bytes, first);
    if (descendant === undefined) return;
    scanner.scan(descendant.at, descendant.bytes);
    this.#fontFiles(descendant.bytes, scanner.at(FONT_DESCRIPTOR));
  }

  /**
   * Checks forms and patterns outside of pages, such as the appearances of annotations (12.5.5).
   *
   * @throws Damage stream-corrupt
   * @throws OutOfWork
   */
  checkRest(): void {
    const scanner = this.#scanner;
    for (const number of this.#unproven) {
      const value = this.#table.find(number);
      if (value === undefined) continue;
      scanner.scan(value.at, value.bytes);
      const isContent = scanner.isName(SUBTYPE, FORM) || scanner.integer(PATTERN_TYPE) === TILING;
      if (isContent) this.content({ streams: [number], resources: undefined });
    }
  }

  #isSound({ streams, resources }: ContentUse): boolean {
    const unproven = streams.filter((number) => this.#unproven.delete(number));
    const parts = unproven.length === 0 ? undefined : this.read(streams);
    if (parts === undefined) return true;
    return checkContentStream(parts, this.#work, this.#namesIn(resources)).kind !== 'damaged';
  }

  #fontFiles(bytes: Uint8Array, descriptor: number): void {
    const value = descriptor === 0 ? undefined : this.#table.resolve(bytes, descriptor);
    if (value === undefined) return;
    const scanner = this.#scanner;
    scanner.scan(value.at, value.bytes);
    for (const number of FONT_FILES.map((key) => scanner.reference(key))) {
      const program = this.#unproven.delete(number) ? this.#contents.readObject(number) : undefined;
      const found = program === undefined ? WHOLE : checkFontFile(program, this.#work);
      if (found.kind === 'damaged') throw new Damage('stream-corrupt', this.#table.xref.locate(number));
    }
  }

  /** Tests whether resources have an entry with a category and a name; undefined when they are unknown. */
  #namesIn(resources: Value | undefined): Resources | undefined {
    const value = resources === undefined ? undefined : this.#table.resolve(resources.bytes, resources.at);
    if (value === undefined) return undefined;
    const names = new Set<string>();
    let lacksStates = true;
    for (const category = new Entries(value.bytes, value.at); category.next();) {
      const prefix = nameOf(value.bytes, category.keyStart, category.keyEnd);
      lacksStates &&= OTHER_CATEGORIES.has(prefix);
      const dictionary = this.#table.resolve(value.bytes, category.at);
      if (dictionary === undefined && this.#table.isUnread(referenceAt(value.bytes, category.at)))
        return undefined;
      if (dictionary === undefined) continue;
      for (const entry = new Entries(dictionary.bytes, dictionary.at); entry.next();) {
        names.add(`${prefix}/${nameOf(dictionary.bytes, entry.keyStart, entry.keyEnd)}`);
      }
    }
    // Some writers omit /ExtGState. Then its names in the content are not damaged, unless an unknown key was this one.
    return (category, name) => names.has(`${category}/${name}`) || (category === 'ExtGState' && lacksStates);
  }
}
