import {
  type ComponentStyle,
  type Progression,
  type Quantization,
  readComponentStyle,
  readProgressions,
  readQuantization,
  readTileStyle,
  type TileStyle,
} from './coding.ts';
import { JpxDamage } from './damage.ts';
import { BYPASS } from './segments.ts';

/** Markers with coding parameters (Table A.2). */
const COD = 0xff52;
const COC = 0xff53;
const QCD = 0xff5c;
const QCC = 0xff5d;
const RGN = 0xff5e;
const POC = 0xff5f;

/** The coding parameters in the main header, or in the headers of one tile, which override those (A.6). */
export class Parameters {
  readonly #base: Parameters | undefined;
  readonly #components: number;
  // There may be many tiles, few of which have parameters of their own.
  #styles: Map<number, ComponentStyle> | undefined;
  #quantizations: Map<number, Quantization> | undefined;
  #shifts: Map<number, number> | undefined;
  #tileStyle: TileStyle | undefined;
  #style: ComponentStyle | undefined;
  #quantization: Quantization | undefined;
  #progressions: Progression[] | undefined;

  /**
   * @param components components of the image
   * @param base the parameters of the main header, in those of a tile
   */
  constructor(components: number, base?: Parameters) {
    this.#components = components;
    this.#base = base;
  }

  /** Whether COD and QCD were read, which a main header must have. */
  get isComplete(): boolean {
    return this.#tileStyle !== undefined && this.#quantization !== undefined;
  }

  /** Whether some code-blocks may have raw bits. */
  get hasBypass(): boolean {
    const styles = [this.#style, ...(this.#styles?.values() ?? [])];
    return this.#base?.hasBypass === true || styles.some((style) => ((style?.options ?? 0) & BYPASS) !== 0);
  }

  get tileStyle(): TileStyle | undefined {
    return this.#tileStyle ?? this.#base?.tileStyle;
  }

  /** The changes of the progression order; empty when there is none. */
  get progressions(): readonly Progression[] {
    return this.#progressions ?? this.#base?.progressions ?? [];
  }

  styleOf(component: number): ComponentStyle | undefined {
    return this.#styles?.get(component) ?? this.#style ?? this.#base?.styleOf(component);
  }

  quantizationOf(component: number): Quantization | undefined {
    return this.#quantizations?.get(component) ?? this.#quantization ?? this.#base?.quantizationOf(component);
  }

  /** Bit-planes by which the region of interest is shifted (A.6.3). */
  shiftOf(component: number): number {
    return this.#shifts?.get(component) ?? this.#base?.shiftOf(component) ?? 0;
  }

  /**
   * Reads a marker segment; one without coding parameters is ignored.
   *
   * @param at the offset of its length field
   * @throws JpxDamage
   */
  read(view: DataView, marker: number, at: number, end: number): void {
    // COC, QCC and RGN begin with a component.
    const start = at + 2 + (this.#components < 257 ? 1 : 2);
    switch (marker) {
      case COD:
        if (at + 7 > end) throw new JpxDamage(at);
        this.#tileStyle = readTileStyle(view, at + 2);
        this.#style = readComponentStyle(view, at + 7, end, view.getUint8(at + 2));
        break;
      case COC:
        if (start >= end) throw new JpxDamage(at);
        (this.#styles ??= new Map()).set(
          this.#componentAt(view, at + 2),
          readComponentStyle(view, start + 1, end, view.getUint8(start)),
        );
        break;
      case QCD:
        this.#quantization = readQuantization(view, at + 2, end);
        break;
      case QCC:
        if (start >= end) throw new JpxDamage(at);
        (this.#quantizations ??= new Map()).set(
          this.#componentAt(view, at + 2),
          readQuantization(view, start, end),
        );
        break;
      case RGN:
        if (start + 2 > end) throw new JpxDamage(at);
        (this.#shifts ??= new Map()).set(this.#componentAt(view, at + 2), view.getUint8(start + 1));
        break;
      case POC:
        (this.#progressions ??= []).push(...readProgressions(view, at + 2, end, this.#components));
        break;
    }
  }

  #componentAt(view: DataView, at: number): number {
    const component = this.#components < 257 ? view.getUint8(at) : view.getUint16(at);
    if (component >= this.#components) throw new JpxDamage(at);
    return component;
  }
}
