import type { Work } from '../work.ts';
import { LEFT_BRACKET } from './characters.ts';
import { Elements, Entries, nameOf } from './containers.ts';
import { checkContentStream, type Resources } from './content-stream.ts';
import { Damage } from './damage.ts';
import { numberOf } from './names.ts';
import type { ObjectTable, Value } from './object-table.ts';
import { nameAt, referenceAt, Scanner } from './scanner.ts';
import { dataStart } from './streams.ts';

const SUBTYPE = numberOf('Subtype');
const CONTENTS = numberOf('Contents');
const RESOURCES = numberOf('Resources');
const FONT = numberOf('Font');
const X_OBJECT = numberOf('XObject');
const FORM = numberOf('Form');
const X_OBJECTS: readonly number[] = [numberOf('Image'), FORM, numberOf('PS')];
const FONTS: readonly number[] = [
  ...['Type0', 'Type1', 'MMType1', 'Type3', 'TrueType', 'CIDFontType0', 'CIDFontType2'].map(numberOf),
];

/** Units of work for an entry of the resources. */
const ENTRY_COST = 256;

/** The content (7.8.2) of a page or a form: the numbers of its streams, and its resources. */
export interface ContentUse {
  readonly streams: readonly number[];
  readonly resources: Value | undefined;
}

/** Checks the objects that pages use. */
export interface Uses {
  /** Reads the content of streams again; undefined when a stream was not checked. */
  read(streams: readonly number[]): Uint8Array[] | undefined;
  content(use: ContentUse): void;
  /** Whether the content of a form is intact. */
  isSoundForm(use: ContentUse): boolean;
  /** Checks a font by its dictionary (9.5). */
  font(font: Value): void;
}

/** Follows the references of pages (7.7.3.3, 7.8.3) to their contents, fonts and XObjects. */
export class PageResources {
  readonly #table: ObjectTable;
  readonly #work: Work;
  readonly #uses: Uses;
  readonly #scanner: Scanner;
  /** The numbers of the fonts and XObjects that were already found valid. */
  readonly #fonts = new Set<number>();
  readonly #xObjects = new Set<number>();
  readonly #unsound = new Set<number>();
  /** By object number of the resources: the names in them that refer to a missing or invalid object. */
  readonly #lost = new Map<number, ReadonlySet<string>>();
  /** Forms to be visited. */
  readonly #pending: ContentUse[] = [];

  constructor(table: ObjectTable, work: Work, uses: Uses) {
    this.#table = table;
    this.#work = work;
    this.#uses = uses;
    this.#scanner = new Scanner(table.xref.bytes);
  }

  /**
   * @param scanner has scanned the page's dictionary last
   * @throws Damage page-content-missing
   * @throws OutOfWork
   */
  visitPage(page: Value, scanner: Scanner, inherited: Value | undefined): void {
    const at = scanner.at(RESOURCES);
    const resources = at === 0 ? inherited : { bytes: page.bytes, at };
    const contents = scanner.at(CONTENTS);
    this.#pending.push({ streams: contents === 0 ? [] : this.#contents(page.bytes, contents), resources });
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) this.#visit(next);
  }

  /** The numbers of the streams in /Contents. */
  #contents(bytes: Uint8Array, at: number): number[] {
    const number = referenceAt(bytes, at);
    if (number >= 0 && this.#isStream(number)) return [number];
    const value = this.#table.resolve(bytes, at);
    if (value === undefined) return number < 0 || this.#table.isUnread(number) ? [] : missing();
    if (value.bytes[value.at] !== LEFT_BRACKET) return missing();
    const streams: number[] = [];
    for (const element = new Elements(value.bytes, value.at); element.next();) {
      this.#work.spend(ENTRY_COST);
      const stream = referenceAt(value.bytes, element.at);
      if (stream < 0 || !this.#isStream(stream)) return missing();
      streams.push(stream);
    }
    return streams;
  }

  #visit(use: ContentUse): void {
    const lost = use.resources === undefined ? new Set<string>() : this.#lostNames(use.resources);
    if (use.streams.length === 0) return;
    this.#uses.content(use);
    if (lost.size === 0) return;
    // Names that the content does not use are harmless. Templates leave some.
    const parts = this.#uses.read(use.streams);
    const shown: string[] = [];
    const resources: Resources = (category, name) => {
      if (lost.has(`${category}/${name}`)) shown.push(name);
      return true;
    };
    if (parts !== undefined) checkContentStream(parts, this.#work, resources);
    if (shown.length > 0) missing();
  }

  /** The names in these resources that refer to a missing or invalid font or XObject. */
  #lostNames({ bytes, at }: Value): ReadonlySet<string> {
    const number = referenceAt(bytes, at);
    const known = this.#lost.get(number);
    if (known !== undefined) return known;
    this.#work.spend(ENTRY_COST);
    const lost = new Set<string>();
    if (number >= 0) this.#lost.set(number, lost);
    const value = this.#table.resolve(bytes, at);
    if (value === undefined) return number < 0 || this.#table.isUnread(number) ? lost : missing();
    const scanner = this.#scanner;
    scanner.scan(value.at, value.bytes);
    const [fonts, xObjects] = [scanner.at(FONT), scanner.at(X_OBJECT)];
    this.#each(value.bytes, fonts, 'Font', lost, (font) => this.#isFont(font));
    this.#each(value.bytes, xObjects, 'XObject', lost, (_, object) => this.#isXObject(object));
    return lost;
  }

  /** Checks each object in the dictionary at this offset, and adds the names of invalid ones to `lost`. */
  #each(
    bytes: Uint8Array,
    at: number,
    category: 'Font' | 'XObject',
    lost: Set<string>,
    isSound: (value: Value, number: number) => boolean,
  ): void {
    const seen = category === 'Font' ? this.#fonts : this.#xObjects;
    const dictionary = at === 0 ? undefined : this.#table.resolve(bytes, at);
    if (dictionary === undefined) return;
    for (const entry = new Entries(dictionary.bytes, dictionary.at); entry.next();) {
      this.#work.spend(ENTRY_COST);
      const number = referenceAt(dictionary.bytes, entry.at);
      if (number >= 0 && seen.has(number)) continue;
      const value = this.#table.resolve(dictionary.bytes, entry.at);
      if (value === undefined && number >= 0 && this.#table.isUnread(number)) continue;
      if (value !== undefined && isSound(value, number)) seen.add(number);
      else lost.add(`${category}/${nameOf(dictionary.bytes, entry.keyStart, entry.keyEnd)}`);
    }
  }

  #isFont(value: Value): boolean {
    this.#scanner.scan(value.at, value.bytes);
    const isFont = this.#scanner.isDictionary && FONTS.includes(this.#subtype());
    if (isFont) this.#uses.font(value);
    return isFont;
  }

  #isXObject(number: number): boolean {
    if (number < 0 || !this.#isStream(number)) return false;
    const subtype = this.#subtype();
    const { bytes } = this.#scanner;
    const at = this.#scanner.at(RESOURCES);
    if (subtype !== FORM) return X_OBJECTS.includes(subtype);
    if (this.#unsound.has(number)) return false;
    const form = { streams: [number], resources: at === 0 ? undefined : { bytes, at } };
    const isSound = this.#uses.isSoundForm(form);
    if (isSound) this.#pending.push(form);
    else this.#unsound.add(number);
    return isSound;
  }

  /** Whether the object with this number is a stream. Scans its dictionary. */
  #isStream(number: number): boolean {
    const value = this.#table.find(number);
    if (value?.bytes !== this.#table.xref.bytes) return false;
    this.#scanner.scan(value.at, value.bytes);
    return this.#scanner.isDictionary && dataStart(value.bytes, this.#scanner.end) >= 0;
  }

  /** The number of the name in /Subtype of the dictionary scanned last, with references resolved. */
  #subtype(): number {
    const { bytes } = this.#scanner;
    const at = this.#scanner.at(SUBTYPE);
    const value = at === 0 ? undefined : this.#table.resolve(bytes, at);
    return value === undefined ? -1 : nameAt(value.bytes, value.at);
  }
}

function missing(): never {
  throw new Damage('page-content-missing');
}
