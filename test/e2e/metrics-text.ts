/** The text format of Prometheus, version 0.0.4, parsed strictly. */
export interface Exposition {
  /** Series by name and labels as written: `http_requests{method="GET"}`. */
  readonly samples: ReadonlyMap<string, number>;
  /** Types by metric name. */
  readonly types: ReadonlyMap<string, string>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"`;
const SAMPLE = new RegExp(`^(${NAME})(\\{${LABEL}(?:,${LABEL})*\\})? (\\S+)$`);

/** Throws for a line with a wrong format, a duplicate series and a metric without a type. */
export function parseMetrics(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line must end with a line feed');
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  for (const line of text.split('\n').filter((one) => one !== '' && !one.startsWith('# HELP '))) {
    const [, typed, type] =
      new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary)$`).exec(line) ?? [];
    if (typed !== undefined && type !== undefined) {
      if (types.has(typed)) throw new Error(`${typed} has two types`);
      types.set(typed, type);
      continue;
    }
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`not a sample: ${line}`);
    const family = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
    if (!types.has(family)) throw new Error(`no type for ${line}`);
    const series = name + labels;
    if (samples.has(series)) throw new Error(`twice: ${series}`);
    const number = value === '+Inf' ? Infinity : Number(value);
    if (Number.isNaN(number) && value !== 'Nan') throw new Error(`not a number: ${line}`);
    samples.set(series, number);
  }
  return { samples, types };
}
