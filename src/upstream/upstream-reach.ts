import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, type PinoLogger } from 'nestjs-pino';

/** Pings in a row that must fail before the upstream counts as down: one lost packet is no outage. */
const FAILURES_UNTIL_DOWN = 2;

/** What is known of whether the upstream can be reached: by pings, and by documents that were delivered. */
@Injectable()
export class UpstreamReach {
  #wasReached = false;
  #failuresInARow = 0;

  constructor(@InjectPinoLogger('UpstreamReach') private readonly logger: PinoLogger) {}

  /** Whether it was reached at least once. */
  get wasReached(): boolean {
    return this.#wasReached;
  }

  /** Of pings, since it was reached last. */
  get failuresInARow(): number {
    return this.#failuresInARow;
  }

  /** Whether it was reached, and too little has failed since to call it down. */
  get isUp(): boolean {
    return this.#wasReached && this.#failuresInARow < FAILURES_UNTIL_DOWN;
  }

  reached(): void {
    if (this.#failuresInARow >= FAILURES_UNTIL_DOWN) this.logger.info('the upstream answers again');
    this.#failuresInARow = 0;
    this.#wasReached = true;
  }

  failed(error: unknown): void {
    this.#failuresInARow += 1;
    if (this.#failuresInARow !== FAILURES_UNTIL_DOWN) return;
    this.logger.warn({ err: error }, 'the upstream does not answer pings: check its health and the network');
  }
}
