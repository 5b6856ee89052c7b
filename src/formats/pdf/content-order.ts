import { code } from './content-operators.ts';

/** The conditions of an operator on earlier operators, and its effects on later ones (8.2, Figure 9). */
const SAVE = 1;
const RESTORE = 2;
const BEGIN_TEXT = 3;
const END_TEXT = 4;
const TEXT = 5;
const BEGIN_MARKED = 6;
const END_MARKED = 7;
const MOVE = 8;
const RECTANGLE = 9;
const CONTINUE_PATH = 10;
const END_PATH = 11;

const effects = new Map<number, number>();
for (const [effect, operators] of [
  [SAVE, 'q'],
  [RESTORE, 'Q'],
  [BEGIN_TEXT, 'BT'],
  [END_TEXT, 'ET'],
  [TEXT, 'Td TD Tm T* Tj TJ \' "'],
  [BEGIN_MARKED, 'BMC BDC'],
  [END_MARKED, 'EMC'],
  [MOVE, 'm'],
  [RECTANGLE, 're'],
  [CONTINUE_PATH, 'l c v y'],
  [END_PATH, 'b b* B B* f F f* n s S'],
] as const) {
  for (const operator of operators.split(' ')) effects.set(code(operator), effect);
}

/** PDF readers ignore `Q` without `q`, and some writers write one. */
const MAX_EXTRA_RESTORES = 1;

/**
 * Checks the order of the operators. Content that lost a part, or has its parts in another order, shows text outside
 * text objects, continues paths without a start, or restores states that were not saved. Only an open path is damage at
 * the end, because writers leave other constructs open.
 */
export class OperatorOrder {
  #saves = 0;
  #marks = 0;
  #isText = false;
  #hasPath = false;
  /** What the path that is not yet drawn has: nothing, a start without a line, or lines. */
  #open: 'nothing' | 'start' | 'lines' = 'nothing';

  /** Whether the operator may come next. */
  takes(operatorCode: number): boolean {
    switch (effects.get(operatorCode)) {
      case SAVE:
        this.#saves++;
        return !this.#isText;
      case RESTORE:
        // Some writers start a path before `Q` and add no line. The content goes on, so it was not cut in the path.
        if (this.#open === 'start') this.#open = 'nothing';
        return !this.#isText && --this.#saves >= -MAX_EXTRA_RESTORES;
      case BEGIN_TEXT:
        this.#isText = true;
        return true;
      case END_TEXT:
        this.#isText = false;
        return true;
      case TEXT:
        return this.#isText;
      case BEGIN_MARKED:
        this.#marks++;
        return true;
      case END_MARKED:
        return --this.#marks >= 0;
      case MOVE:
        this.#hasPath = true;
        if (this.#open === 'nothing') this.#open = 'start';
        return true;
      case RECTANGLE:
        this.#hasPath = true;
        this.#open = 'lines';
        return true;
      case CONTINUE_PATH:
        this.#open = 'lines';
        return this.#hasPath;
      case END_PATH:
        this.#hasPath = false;
        this.#open = 'nothing';
        return true;
      default:
        return true;
    }
  }

  /** Whether the content may end here; false in an open path. */
  get mayEnd(): boolean {
    return this.#open === 'nothing';
  }
}
