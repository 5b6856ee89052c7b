import { Injectable } from '@nestjs/common';

/** What has to happen before this instance is ready for the first time. Nothing, unless a module holds it back. */
@Injectable()
export class Startup {
  #reason: string | undefined;

  /** Why it is not ready yet, or undefined when it is. It is shown to everybody: no address, no key. */
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
