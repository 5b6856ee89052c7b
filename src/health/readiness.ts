import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

export type HealthIndicatorSession = ReturnType<HealthIndicatorService['check']>;
type CheckResult = HealthIndicatorResult | Promise<HealthIndicatorResult>;

/** The checks of `/health/ready`. Each module adds its own. */
@Injectable()
export class Readiness {
  readonly checks: (() => CheckResult)[] = [];
  /** Why the replica may not become ready for the first time. Public, so without addresses and keys. */
  heldBackBy: string | undefined;

  constructor(private readonly indicators: HealthIndicatorService) {}

  /** @param check reports up, degraded or down; only down makes the replica unready */
  add(key: string, check: (session: HealthIndicatorSession) => CheckResult): void {
    this.checks.push(() => check(this.indicators.check(key)));
  }
}
