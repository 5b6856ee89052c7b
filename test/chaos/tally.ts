import type { Answer } from './answer.ts';

export interface Latencies {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** The answers to one load. */
export class Tally {
  readonly answers: Answer[] = [];
  sent = 0;

  /** The number of answers of these kinds. */
  count(...kinds: readonly string[]): number {
    return this.answers.filter(({ kind }) => kinds.includes(kind)).length;
  }

  /** The share of answers of this kind, from 0 to 1. */
  share(kind: string): number {
    return this.count(kind) / this.answers.length;
  }

  /** Latencies of the wanted answers in milliseconds. */
  latencies(wanted: (answer: Answer) => boolean = () => true): Latencies {
    const ms = this.answers.filter(wanted).map((answer) => answer.ms);
    return latenciesOf(ms);
  }

  /** The first forbidden answers: damaged documents, or answers that are not in the contract. */
  get flaws(): readonly string[] {
    return this.answers.flatMap(({ flaw }) => flaw ?? []).slice(0, 3);
  }

  /** Text such as `intact 19998, 502 document-damaged 2`, with the first flaw if there is one. */
  toString(): string {
    const counts = new Map<string, number>();
    for (const { kind, status } of this.answers) {
      const name = kind === 'intact' || status === 0 ? kind : `${status} ${kind}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    const parts = [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => `${name} ${count}`);
    return [parts.join(', '), ...this.flaws.slice(0, 1)].join('; first flaw: ');
  }
}

function latenciesOf(ms: readonly number[]): Latencies {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (quantile: number): number =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? NaN) * 10) / 10;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
