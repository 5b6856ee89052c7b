import type { Dashboard, RowBuilder, VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DATASOURCE, NAMESPACES } from './panels.ts';

const TAG = 'document-gateway';

interface Options {
  /** The end of the uid, and so of the address of the dashboard. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
  /** Whether it has a filter for consumers. */
  readonly byConsumer?: boolean;
}

export interface Row {
  readonly row: RowBuilder;
  readonly panels: readonly Parameters<DashboardBuilder['withPanel']>[0][];
  /** Whether its panels are hidden until a click: those that stay at 0 unless a setting enables a feature. */
  readonly collapsed?: boolean;
}

/** Builds a dashboard with the common variables, links and annotations. */
export function dashboard({ name, title, description, rows, byConsumer = false }: Options): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(`${TAG}-${name}`)
    .description(description)
    .tags([TAG])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(labelValues('namespace', 'Namespace', 'up{job="document-gateway"}'))
    .withVariable(labelValues('pod', 'Pod', `up{${NAMESPACES}}`))
    .annotation(
      new AnnotationQueryBuilder()
        .name('Deployments')
        .datasource(DATASOURCE)
        .enable(true)
        .iconColor('blue')
        .expr(
          `group by (namespace, version, commit) (document_gateway_build_info{${NAMESPACES}}) ` +
            `unless group by (namespace, version, commit) (document_gateway_build_info{${NAMESPACES}} offset 2m)`,
        )
        .step('1m')
        .titleFormat('Deployed {{version}} to {{namespace}}')
        .textFormat('{{commit}}'),
    )
    .annotation(
      new AnnotationQueryBuilder()
        .name('Alerts')
        .datasource(DATASOURCE)
        .enable(true)
        .iconColor('red')
        .expr(`ALERTS{${NAMESPACES}, alertstate="firing"}`)
        .step('1m')
        .titleFormat('{{alertname}}')
        .textFormat('{{severity}} {{pod}}'),
    )
    .link(
      new DashboardLinkBuilder('Document gateway')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .includeVars(true)
        .keepTime(true),
    );
  if (byConsumer) {
    builder.withVariable(labelValues('consumer', 'Consumer', `consumer_requests_total{${NAMESPACES}}`));
  }
  for (const { row, panels, collapsed = false } of rows) {
    // Grafana stores the panels of a collapsed row inside it, and those of an open row after it.
    if (collapsed) for (const panel of panels) row.withPanel(panel);
    builder.withRow(row);
    if (!collapsed) for (const panel of panels) builder.withPanel(panel);
  }
  return numbered(builder.build());
}

function labelValues(label: string, title: string, series: string): QueryVariableBuilder {
  return new QueryVariableBuilder(label)
    .label(title)
    .datasource(DATASOURCE)
    .query({ qryType: 1, query: `label_values(${series}, ${label})`, refId: `${label}-values` })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] } satisfies VariableModel['current']);
}

/** Adds the ids that links to panels need, which the builders leave out. */
function numbered(built: Dashboard): Dashboard {
  let id = 0;
  for (const panel of built.panels ?? []) {
    panel.id = id += 1;
    if ('panels' in panel) for (const inner of panel.panels) inner.id = id += 1;
  }
  return built;
}
