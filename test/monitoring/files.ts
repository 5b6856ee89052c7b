import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const root = new URL('../../', import.meta.url);

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string; readonly noValue?: string } };
  readonly links?: readonly { readonly url: string }[];
  /** The panels of a collapsed row. */
  readonly panels?: readonly Panel[];
  readonly collapsed?: boolean;
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat: string;
  }[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr?: string }[] };
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

/** The text of a file of the repository. */
export const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');
/** The names of the files in a folder of the repository. */
export const list = (folder: string): string[] => readdirSync(new URL(folder, root));
/** A YAML file of the repository. */
export const yaml = (path: string): unknown => parse(text(path), { merge: true });

/** The rules of every file in monitoring/prometheus/rules. */
export function rules(): Rule[] {
  return list('monitoring/prometheus/rules').flatMap((file) => {
    const { groups } = yaml(`monitoring/prometheus/rules/${file}`) as { groups: { rules: Rule[] }[] };
    return groups.flatMap((group) => group.rules);
  });
}

/** The dashboards as Grafana reads them, by file name. */
export function dashboards(): [name: string, dashboard: Dashboard][] {
  return list('monitoring/grafana/dashboards').map((file) => [
    file,
    JSON.parse(text(`monitoring/grafana/dashboards/${file}`)) as Dashboard,
  ]);
}

/** Every panel of a dashboard, including those of collapsed rows. */
export function panelsOf({ panels }: Dashboard): Panel[] {
  return panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
}

/** Replaces the variables as Grafana does when everything is selected. */
function withoutVariables(expression: string): string {
  return expression.replaceAll('$__rate_interval', '1m').replaceAll(/"\$(namespace|pod|consumer)"/g, '".*"');
}

export interface Expression {
  /** The place of the expression, for messages. */
  readonly place: string;
  readonly expr: string;
}

/** Every expression of every dashboard, including annotations, without the variables of Grafana. */
export function dashboardExpressions(): Expression[] {
  return dashboards().flatMap(([file, dashboard]) => [
    ...panelsOf(dashboard).flatMap(({ title, targets = [] }) =>
      targets.map(({ refId, expr }) => ({
        place: `${file}: ${title}, ${refId}`,
        expr: withoutVariables(expr),
      })),
    ),
    ...dashboard.annotations.list.flatMap(({ name, expr }) =>
      expr === undefined ? [] : [{ place: `${file}: annotation ${name}`, expr: withoutVariables(expr) }],
    ),
  ]);
}

/** The expressions of the graphs that docs/operating.md links to. */
export function linkedExpressions(): Expression[] {
  return [
    ...text('docs/operating.md').matchAll(/\[([^\]]+)\]\((http:\/\/localhost:9090\/query\?[^)]+)\)/g),
  ].flatMap(([, title = '', url = '']) =>
    [...new URL(url).searchParams]
      .filter(([name]) => /^g\d+\.expr$/.test(name))
      .map(([, expr]) => ({ place: `operating.md: ${title}`, expr })),
  );
}
