import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

type Look = (session: ReturnType<HealthIndicatorService['check']>) => HealthIndicatorResult;

/** What `/health/ready` shows of the other rooms, each of which adds its own. */
@Injectable()
export class Readiness {
  readonly #looks: (readonly [key: string, look: Look])[] = [];

  constructor(private readonly indicators: HealthIndicatorService) {}

  /** @param look says up or degraded: of what a room tells here, nothing makes the pod unready */
  add(key: string, look: Look): void {
    this.#looks.push([key, look]);
  }

  get checks(): (() => HealthIndicatorResult)[] {
    return this.#looks.map(
      ([key, look]) =>
        () =>
          look(this.indicators.check(key)),
    );
  }
}
