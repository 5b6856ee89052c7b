import { Injectable } from '@nestjs/common';

/** What must happen before the replica is ready for the first time. Nothing, unless a module calls `holdBack`. */
@Injectable()
export class Startup {
  #reason: string | undefined;

  /** Why it is not ready yet; undefined when it is. Public, so without addresses and keys. */
  get reason(): string | undefined {
    return this.#reason;
  }

  holdBack(reason: string): void {
    this.#reason = reason;
  }

  complete(): void {
    this.#reason = undefined;
  }
}
