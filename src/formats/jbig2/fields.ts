import { Jbig2Damage } from './outcome.ts';

/** Reads the fields at the start of the data of a segment. */
export class Fields {
  readonly #view: DataView;
  readonly #end: number;
  #at: number;

  constructor(view: DataView, start: number, end: number) {
    this.#view = view;
    this.#at = start;
    this.#end = end;
  }

  /** Offset of the next field, in bytes. */
  get at(): number {
    return this.#at;
  }

  /** @throws Jbig2Damage when the data end before that; so do the other methods */
  byte(): number {
    return this.#view.getUint8(this.#next(1));
  }

  short(): number {
    return this.#view.getUint16(this.#next(2));
  }

  word(): number {
    return this.#view.getUint32(this.#next(4));
  }

  /** Places of adaptive pixels: column and row of each. */
  places(count: number): Int8Array {
    const places = new Int8Array(2 * count);
    for (let i = 0; i < places.length; i++) places[i] = this.#view.getInt8(this.#next(1));
    return places;
  }

  #next(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.#end) throw new Jbig2Damage();
    return at;
  }
}
