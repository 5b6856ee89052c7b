import { describe, expect, it } from '@jest/globals';
import { dashboards as sources } from '../../monitoring/grafana/dashboards.ts';
import { dashboardExpressions, dashboards, list, text, yaml } from './files.ts';
import { metricsOf } from './promql.ts';

const files = dashboards();

it('should have written what the sources describe: npx node monitoring/grafana/write.ts', () => {
  const built = Object.entries(sources).map(([name, dashboard]) => [`${name}.json`, dashboard] as const);
  expect(Object.fromEntries(files)).toEqual(JSON.parse(JSON.stringify(Object.fromEntries(built))));
});

describe.each(files)('the dashboard %s', (file, dashboard) => {
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');

  it('should be found by a uid that stays', () => {
    expect(dashboard.uid).toBe(`document-gateway-${file.replace('.json', '')}`);
  });

  it('should have panels that can be told apart', () => {
    expect(panels.length).toBeGreaterThan(10);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
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

  it('should link to runbooks that exist', () => {
    const runbooks = new Set(list('docs/runbooks'));
    const linked = panels.flatMap(({ links = [] }) => links.map(({ url }) => url));
    expect(linked.length).toBeGreaterThan(3);
    for (const url of linked) expect(runbooks).toContain(url.split('/').at(-1));
  });

  it('should fit its panels beside one another', () => {
    for (const { id, gridPos: one } of dashboard.panels) {
      expect(one.x + one.w).toBeLessThanOrEqual(24);
      for (const { id: other, gridPos: two } of dashboard.panels) {
        const apart =
          one.x + one.w <= two.x ||
          two.x + two.w <= one.x ||
          one.y + one.h <= two.y ||
          two.y + two.h <= one.y;
        if (id !== other) expect({ id, other, apart }).toEqual({ id, other, apart: true });
      }
    }
  });

  it('should use no variable that it does not have', () => {
    const known = new Set(dashboard.templating.list.map(({ name }) => name));
    const used = JSON.stringify(dashboard.panels).matchAll(/\$\{?([a-z]\w*)/g);
    for (const [, name = ''] of used) expect(known).toContain(name);
  });
});

it.each(dashboardExpressions())('should understand the expression of $place', ({ expr }) => {
  expect(expr).not.toContain('$');
  expect(metricsOf(expr)).not.toEqual([]);
});

describe('the provisioning', () => {
  const compose = text('docker-compose.yml');

  it('should look for the dashboards where compose puts them', () => {
    const { providers } = yaml('monitoring/grafana/provisioning/dashboards/document-gateway.yml') as {
      providers: { type: string; options: { path: string } }[];
    };
    for (const { type, options } of providers) {
      expect(type).toBe('file');
      expect(compose).toContain(`./monitoring/grafana/dashboards:${options.path}:ro`);
    }
  });

  it('should ask data sources that compose has, at the ports that they listen on', () => {
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

  it('should know the scrape interval, from which the windows of the panels follow', () => {
    const prometheus = yaml('monitoring/prometheus/prometheus.yml') as {
      global: { scrape_interval: string };
    };
    expect(text('monitoring/grafana/provisioning/datasources/document-gateway.yml')).toContain(
      `timeInterval: ${prometheus.global.scrape_interval}`,
    );
  });
});
