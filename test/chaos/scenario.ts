import type { Stage } from './stage.ts';

/** A fault and the checks that must hold under it. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** Reports checks to the stage. An exception also fails the scenario. */
  run(stage: Stage): Promise<void>;
}
