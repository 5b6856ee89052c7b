import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

export type HealthIndicatorSession = ReturnType<HealthIndicatorService['check']>;
type CheckResult = HealthIndicatorResult | Promise<HealthIndicatorResult>;
type Check = (session: HealthIndicatorSession) => CheckResult;

/** The checks of `/health/ready`. Each module adds its own. */
@Injectable()
export class Readiness {
  readonly #checks: (readonly [key: string, check: Check])[] = [];

  constructor(private readonly indicators: HealthIndicatorService) {}

  /** @param check reports up, degraded or down; only down makes the replica unready */
  add(key: string, check: Check): void {
    this.#checks.push([key, check]);
  }

  get checks(): (() => CheckResult)[] {
    return this.#checks.map(
      ([key, check]) =>
        () =>
          check(this.indicators.check(key)),
    );
  }
}
