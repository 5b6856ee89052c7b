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

/** The address of docs/runbooks on the web, as in the alerts. */
const RUNBOOKS = 'https://github.com/example/document-gateway/blob/main/docs/runbooks';

export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** Select the service's own metrics, and recorded metrics, by the variables of the dashboard. */
export const PODS = 'job="document-gateway", namespace=~"$namespace", pod=~"$pod"';
export const NAMESPACES = 'job="document-gateway", namespace=~"$namespace"';

/** The note on panels whose rules record a whole namespace. */
const ALL_PODS = 'Counts all pods of the namespace: the choice of a pod does not apply.';

export interface Query {
  readonly expr: string;
  /** The name of its series: text with `{{label}}`. */
  readonly legend: string;
}

export interface PanelOptions {
  readonly title: string;
  /** What it shows, and which values are good or bad. */
  readonly description: string;
  /** A unit of Grafana, such as `reqps` or `percentunit`. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** In columns of 24. */
  readonly width: number;
  /** The minimum value of each colour. */
  readonly thresholds?: readonly (readonly [number, 'yellow' | 'orange' | 'red' | 'green'])[];
  /** The colour below the first threshold; green by default. */
  readonly base?: 'green' | 'red';
  readonly min?: number;
  readonly max?: number;
  readonly decimals?: number;
  /** The file in docs/runbooks about bad values. */
  readonly runbook?: string;
  /** The text without values, with the reason. */
  readonly noValue?: string;
  /** Whether to show exemplars, as dots that link to traces. */
  readonly exemplars?: boolean;
  /** Whether series names begin with a status, so that each class of statuses gets its own colour. */
  readonly byStatus?: boolean;
}

/** For most panels, which count requests and have no values without them. */
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

/** The ratio, without the NaN of Prometheus when both are 0. */
export const ratio = (part: string, whole: string): string => `${part} / (${whole} > 0)`;

export interface TimeseriesOptions extends PanelOptions {
  /** Whether to stack the series as parts of a whole. */
  readonly stacked?: boolean;
}

/** A panel with values over time. */
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

/** A panel with the last value as a number. */
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

/** The methods of every kind of panel. */
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
