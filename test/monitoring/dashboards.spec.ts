import { describe, expect, it } from '@jest/globals';
import { dashboards as sources } from '../../monitoring/grafana/dashboards.ts';
import { dashboardExpressions, dashboards, list, panelsOf, text, yaml } from './files.ts';
import { metricsOf } from './promql.ts';

const files = dashboards();

it('should have written what the sources describe: npx node monitoring/grafana/write.ts', () => {
  const built = Object.entries(sources).map(([name, dashboard]) => [`${name}.json`, dashboard] as const);
  expect(Object.fromEntries(files)).toEqual(JSON.parse(JSON.stringify(Object.fromEntries(built))));
});

describe.each(files)('the dashboard %s', (file, dashboard) => {
  const all = panelsOf(dashboard);
  const panels = all.filter(({ type }) => type !== 'row');

  it('should have a stable uid', () => {
    expect(dashboard.uid).toBe(`document-gateway-${file.replace('.json', '')}`);
  });

  it('should have panels with different titles and ids', () => {
    expect(panels.length).toBeGreaterThan(10);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });

  it('should explain every panel, and give it a unit and the chosen data source', () => {
    for (const { title, description, fieldConfig, datasource } of panels) {
      expect({ title, description }).toEqual({ title, description: expect.stringMatching(/^\S.{15,}\.$/s) });
      expect({ title, unit: fieldConfig?.defaults.unit }).toEqual({
        title,
        unit: expect.stringMatching(/^\w+$/),
      });
      expect({ title, uid: datasource?.uid }).toEqual({ title, uid: '${datasource}' });
    }
  });

  it('should have at least one query in each panel, and names for several series', () => {
    for (const { title, targets = [] } of panels) {
      expect({ title, queries: targets.length }).not.toEqual({ title, queries: 0 });
      if (targets.length > 1) for (const { legendFormat } of targets) expect(legendFormat).not.toBe('');
    }
  });

  it('should explain in each panel why it is empty, and whether the choice of a pod applies', () => {
    for (const { title, description, fieldConfig, targets = [] } of panels) {
      expect({ title, noValue: fieldConfig?.defaults.noValue }).toEqual({
        title,
        noValue: expect.stringMatching(/^\S.{8,}$/),
      });
      const byPod = targets.some(({ expr }) => expr.includes('$pod'));
      expect({ title, applies: !description?.includes('the choice of a pod does not apply') }).toEqual({
        title,
        applies: byPod,
      });
    }
  });

  it('should show counters as rates over the interval that Grafana chooses', () => {
    for (const { title, targets = [] } of panels) {
      for (const { expr: withLabels } of targets) {
        const expr = withLabels.replaceAll(/\{[^}]*\}/g, '');
        expect({ title, windows: expr.match(/\b(?:rate|increase)\(\w+\[(?!\$__rate_interval\])/g) }).toEqual({
          title,
          windows: null,
        });
        const counters = expr.match(/\b\w+_total\b(?!\[\$__rate_interval\])/g);
        expect({ title, counters }).toEqual({ title, counters: null });
      }
    }
  });

  it('should never divide by 0', () => {
    const divisions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    for (const expr of divisions) {
      const unguarded = / \/ (?!\(.* > 0\)|[\d.]+ >= 0|scalar\(count\()/.exec(expr);
      expect({ expr, unguarded: unguarded?.[0] }).toEqual({ expr, unguarded: undefined });
      if (expr.includes('histogram_quantile(')) expect(expr).toMatch(/ >= 0$/);
    }
  });

  it('should link to runbooks that exist', () => {
    const runbooks = new Set(list('docs/runbooks'));
    const linked = panels.flatMap(({ links = [] }) => links.map(({ url }) => url));
    expect(linked.length).toBeGreaterThan(3);
    for (const url of linked) expect(runbooks).toContain(url.split('/').at(-1));
  });

  it('should have no overlapping panels', () => {
    for (const { id, gridPos: one } of all) {
      expect(one.x + one.w).toBeLessThanOrEqual(24);
      for (const { id: other, gridPos: two } of all) {
        const apart =
          one.x + one.w <= two.x ||
          two.x + two.w <= one.x ||
          one.y + one.h <= two.y ||
          two.y + two.h <= one.y;
        if (id !== other) expect({ id, other, apart }).toEqual({ id, other, apart: true });
      }
    }
  });

  it('should use only its own variables', () => {
    const known = new Set(dashboard.templating.list.map(({ name }) => name));
    const used = JSON.stringify(dashboard.panels).matchAll(/\$\{?([a-z]\w*)/g);
    for (const [, name = ''] of used) expect(known).toContain(name);
  });
});

it.each(dashboardExpressions())('should parse the expression of $place', ({ expr }) => {
  expect(expr).not.toContain('$');
  expect(metricsOf(expr)).not.toEqual([]);
});

describe('hack/traffic.sh', () => {
  it('should name only panels that exist in its list of empty panels', () => {
    const [, listed = ''] =
      /These panels stay empty, and why:\n(.*?)\nTEXT/s.exec(text('hack/traffic.sh')) ?? [];
    const named = [...listed.matchAll(/^ {2}(\S.*?) {2,}/gm)].map(([, title = '']) => title);
    expect(named.length).toBeGreaterThan(3);
    const titles = new Set(files.flatMap(([, dashboard]) => panelsOf(dashboard).map(({ title }) => title)));
    expect(named.filter((title) => !titles.has(title))).toEqual([]);
  });
});

describe('the provisioning', () => {
  const compose = text('docker-compose.yml');

  it('should read the dashboards from the folder that Compose mounts', () => {
    const { providers } = yaml('monitoring/grafana/provisioning/dashboards/document-gateway.yml') as {
      providers: { type: string; options: { path: string } }[];
    };
    for (const { type, options } of providers) {
      expect(type).toBe('file');
      expect(compose).toContain(`./monitoring/grafana/dashboards:${options.path}:ro`);
    }
  });

  it('should use data sources of Compose, at their ports', () => {
    const { datasources } = yaml('monitoring/grafana/provisioning/datasources/document-gateway.yml') as {
      datasources: { uid: string; url: string; isDefault?: boolean; jsonData?: Record<string, unknown> }[];
    };
    const { services } = yaml('docker-compose.yml') as { services: Record<string, { ports?: string[] }> };
    expect(datasources.filter(({ isDefault }) => isDefault)).toHaveLength(1);
    for (const { url } of datasources) {
      const { hostname, port } = new URL(url);
      expect(services[hostname]?.ports?.join()).toMatch(new RegExp(`:${port}$`));
    }
  });

  it('should have the scrape interval, which determines the windows of the panels', () => {
    const prometheus = yaml('monitoring/prometheus/prometheus.yml') as {
      global: { scrape_interval: string };
    };
    expect(text('monitoring/grafana/provisioning/datasources/document-gateway.yml')).toContain(
      `timeInterval: ${prometheus.global.scrape_interval}`,
    );
  });
});
