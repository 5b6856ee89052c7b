import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphGradientMode,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
  GraphThresholdsStyleConfigBuilder,
  StackingConfigBuilder,
  SortOrder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  type DynamicConfigValue,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** Where docs/runbooks is read on the web, as in the alerts. */
const RUNBOOKS = 'https://github.com/example/document-gateway/blob/main/docs/runbooks';

export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** What the variables of the dashboard leave of the service's own metrics, and of those that rules record. */
export const PODS = 'job="document-gateway", namespace=~"$namespace", pod=~"$pod"';
export const NAMESPACES = 'job="document-gateway", namespace=~"$namespace"';

/** What a panel says that rules record for a namespace as a whole. */
const ALL_PODS = 'Counts all pods of the namespace: the choice of a pod does not apply.';

export interface Query {
  readonly expr: string;
  /** How its series are named: text with `{{label}}`. */
  readonly legend: string;
}

export interface PanelOptions {
  readonly title: string;
  /** What it shows, and what is good or bad about it. */
  readonly description: string;
  /** One of Grafana's units, such as `reqps` or `percentunit`. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** In columns, of 24. */
  readonly width: number;
  /** The value from which each colour holds; below the first it is green. */
  readonly thresholds?: readonly (readonly [number, 'yellow' | 'orange' | 'red' | 'green'])[];
  /** What the colour is below the first threshold; default green. */
  readonly base?: 'green' | 'red';
  readonly min?: number;
  readonly max?: number;
  readonly decimals?: number;
  /** The file in docs/runbooks for when it looks bad. */
  readonly runbook?: string;
  /** What stands in the place of values while there are none, and why there are none. */
  readonly noValue?: string;
  /** Whether the values carry traces, which Grafana shows as dots that lead to them. */
  readonly exemplars?: boolean;
  /** Whether the series begin with the status of an answer: each class of statuses then has a colour of its own. */
  readonly byStatus?: boolean;
}

/** True of most panels: they count requests, and read nothing while none comes. */
const NO_REQUESTS = 'No such requests in this time';

/** One colour for each class of statuses, the same in every panel. Later patterns win. */
const STATUS_COLOURS = [
  ['^2..', 'green'],
  ['^3..', 'super-light-green'],
  ['^4..', 'yellow'],
  ['^499', 'purple'],
  ['^5..', 'red'],
  ['^503', 'orange'],
] as const;

/** The ratio, or nothing where both are 0 and Prometheus has NaN. */
export const ratio = (part: string, whole: string): string => `${part} / (${whole} > 0)`;

export interface TimeseriesOptions extends PanelOptions {
  /** Whether the series are parts of a whole. */
  readonly stacked?: boolean;
}

/** Values over time. */
export function timeseries(options: TimeseriesOptions): TimeseriesBuilder {
  const { queries, stacked = false, thresholds } = options;
  const panel = common(new TimeseriesBuilder(), options)
    .height(8)
    .targets(
      queries.map((query, index) =>
        target(query, index)
          .range()
          .exemplar(options.exemplars === true),
      ),
    )
    .fillOpacity(stacked ? 40 : 8)
    .gradientMode(GraphGradientMode.Opacity)
    .lineWidth(1)
    .spanNulls(false)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs([]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (thresholds !== undefined) {
    panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  return panel;
}

/** One number: the last one. */
export function stat(options: PanelOptions): StatBuilder {
  return common(new StatBuilder(), options)
    .height(4)
    .targets(options.queries.map((query, index) => target(query, index).instant()))
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields(''));
}

export function target({ expr, legend }: Query, index: number): DataqueryBuilder {
  return new DataqueryBuilder()
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .datasource(DATASOURCE)
    .expr(expr.replaceAll(/\s+/g, ' ').trim())
    .legendFormat(legend);
}

/** What every kind of panel has. */
interface CommonBuilder {
  title(title: string): this;
  description(description: string): this;
  noValue(text: string): this;
  overrideByRegexp(pattern: string, properties: DynamicConfigValue[]): this;
  datasource(datasource: typeof DATASOURCE): this;
  unit(unit: string): this;
  span(width: number): this;
  thresholds(thresholds: ThresholdsConfigBuilder): this;
  min(min: number): this;
  max(max: number): this;
  decimals(decimals: number): this;
  links(links: DashboardLinkBuilder[]): this;
  targets(targets: Builder<Dataquery>[]): this;
}

export function common<Panel extends CommonBuilder>(panel: Panel, options: PanelOptions): Panel {
  const {
    title,
    description,
    unit,
    width,
    queries,
    noValue = NO_REQUESTS,
    byStatus = false,
    thresholds = [],
    base = 'green',
    min,
    max,
    decimals,
    runbook,
  } = options;
  const steps: Threshold[] = [
    { value: null, color: base },
    ...thresholds.map(([value, color]) => ({ value, color })),
  ];
  panel
    .title(title)
    .description(
      queries.some(({ expr }) => expr.includes('$pod')) ? description : `${description} ${ALL_PODS}`,
    )
    .noValue(noValue)
    .datasource(DATASOURCE)
    .unit(unit)
    .span(width)
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps));
  if (byStatus) {
    for (const [pattern, colour] of STATUS_COLOURS) {
      panel.overrideByRegexp(`/${pattern}/`, [{ id: 'color', value: { mode: 'fixed', fixedColor: colour } }]);
    }
  }
  if (min !== undefined) panel.min(min);
  if (max !== undefined) panel.max(max);
  if (decimals !== undefined) panel.decimals(decimals);
  if (runbook !== undefined) {
    panel.links([
      new DashboardLinkBuilder('Runbook')
        .type(DashboardLinkType.Link)
        .url(`${RUNBOOKS}/${runbook}.md`)
        .targetBlank(true),
    ]);
  }
  return panel;
}
