import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

export type HealthIndicatorSession = ReturnType<HealthIndicatorService['check']>;
type Looked = HealthIndicatorResult | Promise<HealthIndicatorResult>;
type Look = (session: HealthIndicatorSession) => Looked;

/** The checks of `/health/ready`. Each module adds its own. */
@Injectable()
export class Readiness {
  readonly #looks: (readonly [key: string, look: Look])[] = [];

  constructor(private readonly indicators: HealthIndicatorService) {}

  /** @param look reports up, degraded or down; only down makes the replica unready */
  add(key: string, look: Look): void {
    this.#looks.push([key, look]);
  }

  get checks(): (() => Looked)[] {
    return this.#looks.map(
      ([key, look]) =>
        () =>
          look(this.indicators.check(key)),
    );
  }
}
