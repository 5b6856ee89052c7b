import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { kustomize } from './kustomize.ts';
import { all, one } from './manifest.ts';

const monitoring = new URL('../../monitoring/', import.meta.url);
const staging = kustomize('config/overlays/staging');

const files = (folder: string, ending: string): string[] =>
  readdirSync(new URL(folder, monitoring))
    .filter((name) => name.endsWith(ending))
    .sort();
const read = (path: string): string => readFileSync(new URL(path, monitoring), 'utf8');

describe('the component monitoring', () => {
  it('should have the rules of monitoring/prometheus: run hack/prometheus-rule.ts', () => {
    const rules = files('prometheus/rules/', '.yml').flatMap(
      (name) => (parse(read(`prometheus/rules/${name}`)) as { groups: unknown[] }).groups,
    );
    expect(one(staging, 'PrometheusRule', 'document-gateway').spec.groups).toEqual(rules);
  });

  it('should have the dashboards of monitoring/grafana, with the label for the sidecar of Grafana', () => {
    const dashboards = all(staging, 'ConfigMap').filter(
      ({ metadata }) => metadata.labels?.['grafana_dashboard'],
    );
    const names = files('grafana/dashboards/', '.json');
    expect(names.length).toBeGreaterThan(0);
    expect(Object.assign({}, ...dashboards.map(({ data }) => data))).toEqual(
      Object.fromEntries(names.map((name) => [name, read(`grafana/dashboards/${name}`)])),
    );
  });

  it('should give the job the name that rules and dashboards use', () => {
    const { jobLabel = '' } = one(staging, 'ServiceMonitor', 'document-gateway').spec;
    const job = one(staging, 'Service', 'document-gateway').metadata.labels?.[jobLabel];
    const { scrape_configs } = parse(read('prometheus/prometheus.yml')) as {
      scrape_configs: { job_name: string }[];
    };
    expect(scrape_configs.map(({ job_name }) => job_name)).toContain(job);
  });
});
