/** One scrape of /metrics. */
export class Metrics {
  readonly #names: ReadonlySet<string | undefined>;
  readonly #samples: ReadonlyMap<string, readonly { readonly labels: string; readonly value: number }[]>;

  constructor(exposition: string) {
    this.#names = new Set([...exposition.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name));
    const samples = new Map<string, { labels: string; value: number }[]>();
    for (const [, name = '', labels = '', value] of exposition.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)) {
      const series = samples.get(name) ?? [];
      series.push({ labels, value: Number(value) });
      samples.set(name, series);
    }
    this.#samples = samples;
  }

  /**
   * Sums all series of a metric that have these labels, each written as `state="open"`. Throws for an unknown name,
   * because a check of it could not fail.
   */
  sum(name: string, ...labels: readonly string[]): number {
    if (!this.#names.has(name.replace(/_(?:bucket|count|sum)$/, ''))) throw new Error(`no metric ${name}`);
    return (this.#samples.get(name) ?? [])
      .filter((series) => labels.every((label) => series.labels.split(',').includes(label)))
      .reduce((total, { value }) => total + value, 0);
  }
}
