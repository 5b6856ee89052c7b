import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, type PinoLogger } from 'nestjs-pino';

/** Failed pings in a row after which the upstream counts as down: a single lost packet is not an outage. */
const FAILURES_UNTIL_DOWN = 2;

/** Records whether the upstream is reachable, from pings and delivered documents. */
@Injectable()
export class UpstreamReach {
  #wasReached = false;
  #failuresInARow = 0;

  constructor(@InjectPinoLogger('UpstreamReach') private readonly logger: PinoLogger) {}

  /** Whether the upstream was reached at least once. */
  get wasReached(): boolean {
    return this.#wasReached;
  }

  /** Failed pings since the upstream was last reached. */
  get failuresInARow(): number {
    return this.#failuresInARow;
  }

  /** Whether the upstream was reached, with too few failed pings since then to count as down. */
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
