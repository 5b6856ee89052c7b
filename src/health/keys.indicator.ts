import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { KeyFileWatch } from '../auth/key-file-watch.ts';

/** Shows whether the keys are those of the file. It never makes a pod unready: the last good ones go on working. */
@Injectable()
export class KeysIndicator {
  constructor(
    private readonly health: HealthIndicatorService,
    private readonly file: KeyFileWatch,
  ) {}

  check(): HealthIndicatorResult<'keys'> {
    const session = this.health.check('keys');
    return this.file.isBroken
      ? session.degraded('API_KEYS_FILE is invalid: the last valid version is in use')
      : session.up();
  }
}
