import type { Stage } from './stage.ts';

/** One thing that goes wrong, and what must hold then. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** Checks go to the stage; throwing fails the scenario as well. */
  run(stage: Stage): Promise<void>;
}
