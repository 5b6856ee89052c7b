import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

export type HealthIndicatorSession = ReturnType<HealthIndicatorService['check']>;
type Looked = HealthIndicatorResult | Promise<HealthIndicatorResult>;
type Look = (session: HealthIndicatorSession) => Looked;

/** What `/health/ready` shows of the other modules, each of which adds its own. */
@Injectable()
export class Readiness {
  readonly #looks: (readonly [key: string, look: Look])[] = [];

  constructor(private readonly indicators: HealthIndicatorService) {}

  /** @param look says up, degraded, or down: that makes the pod unready */
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
