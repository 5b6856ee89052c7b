/**
 * Copies monitoring/prometheus/rules/*.yml into the PrometheusRule of the component `monitoring`: Prometheus and its operator
 * need different formats, and kustomize cannot convert them. Run it after every change of a rule; `npm run test:manifests`
 * fails while the two differ.
 *
 *   npx node hack/prometheus-rule.ts
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import prettier from 'prettier';
import { parse, stringify } from 'yaml';

const rules = new URL('../monitoring/prometheus/rules/', import.meta.url);
const target = new URL('../config/components/monitoring/prometheusrule.yaml', import.meta.url);

const groups = readdirSync(rules)
  .filter((name) => name.endsWith('.yml'))
  .sort()
  .flatMap((name) => (parse(readFileSync(new URL(name, rules), 'utf8')) as { groups: unknown[] }).groups);

const manifest = stringify(
  {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'document-gateway', labels: { release: 'kube-prometheus-stack' } },
    spec: { groups },
  },
  { lineWidth: 0, aliasDuplicateObjects: false },
);
const header =
  '# Made by hack/prometheus-rule.ts from monitoring/prometheus/rules: change those, not this.\n';
const options = await prettier.resolveConfig(target);
writeFileSync(target, await prettier.format(header + manifest, { ...options, parser: 'yaml' }));
