import { describe, expect, it } from '@jest/globals';
import { PAGES } from '../repository.ts';
import { OF_DELIVERY } from './delivery.ts';
import { list, type Rule, rules, text, yaml } from './files.ts';
import { metricsOf, rangesOf } from './promql.ts';

const all = rules();
const recordings = all.filter((rule): rule is Rule & { record: string } => rule.record !== undefined);
const alerts = all.filter((rule): rule is Rule & { alert: string } => rule.alert !== undefined);
const nameOf = ({ alert, labels }: Rule): string =>
  [alert, labels?.['severity'], labels?.['long']].join(' ').trim();
const recorded = new Set(recordings.map(({ record }) => record));

it('should have rules of both kinds', () => {
  expect(recordings.length).toBeGreaterThan(30);
  expect(alerts.length).toBeGreaterThan(15);
});

describe.each(recordings)('the recording rule $record', ({ record, expr }) => {
  it('should be named level:metric:operation', () => {
    expect(record).toMatch(/^(namespace_job|instance):[a-z_]+:[a-z_]+(\d+[mhd])?$/);
  });

  it('should use the range in its name', () => {
    const window = /\d+[mhd]$/.exec(record)?.[0];
    const ranges = rangesOf(expr);
    if (ranges.length > 0) expect(new Set(ranges)).toEqual(new Set([window]));
  });

  it('should read only plain metrics, or series that another rule records', () => {
    for (const metric of metricsOf(expr)) if (metric.includes(':')) expect(recorded).toContain(metric);
  });
});

describe.each(alerts.map((rule) => ({ ...rule, name: nameOf(rule) })))(
  'the alert $name',
  ({ alert, expr, labels, annotations }) => {
    it('should be a page, a ticket or the dead man’s switch', () => {
      expect(['page', 'ticket', ...(alert === 'Watchdog' ? ['none'] : [])]).toContain(labels?.['severity']);
    });

    it('should describe what is wrong', () => {
      expect(Object.keys(annotations ?? {}).sort()).toEqual(['description', 'runbook_url', 'summary']);
      for (const said of Object.values(annotations ?? {})) expect(said.trim()).not.toBe('');
    });

    it('should link to a complete runbook that names it', () => {
      const url = annotations?.['runbook_url'] ?? '';
      expect(url).toMatch(/\/docs\/runbooks\/[\w-]+\.md$/);
      expect(url.startsWith(`${PAGES}/`)).toBe(true);
      const file = url.slice(PAGES.length + 1);
      const runbook = text(file);
      expect(runbook).toContain(`\`${alert}\``);
      expect(runbook.match(/^## .*/gm)).toEqual([
        '## What it means',
        '## How to see it',
        '## What to do',
        '## How to undo it',
      ]);
    });

    it('should read only metrics of the gateway and its delivery, or recorded series', () => {
      if (alert !== 'Watchdog') expect(metricsOf(expr)).not.toEqual([]);
      for (const metric of metricsOf(expr)) {
        if (metric.includes(':')) expect(recorded).toContain(metric);
        else expect(expr).toContain(`${metric}{${OF_DELIVERY.get(metric) ?? 'job="document-gateway"'}`);
      }
    });
  },
);

describe('the tests of promtool', () => {
  interface TestFile {
    readonly tests: readonly {
      readonly name: string;
      readonly promql_expr_test?: readonly {
        readonly exp_samples?: readonly { readonly labels: string }[];
      }[];
      readonly alert_rule_test?: readonly { readonly alertname: string }[];
    }[];
  }
  const cases = list('monitoring/prometheus/tests').flatMap(
    (file) => (yaml(`monitoring/prometheus/tests/${file}`) as TestFile).tests,
  );
  const samples = cases.flatMap((test) =>
    (test.promql_expr_test ?? []).flatMap(({ exp_samples = [] }) => exp_samples),
  );

  it.each(alerts.filter(({ alert }) => alert !== 'Watchdog').map((rule) => [nameOf(rule), rule] as const))(
    'should expect %s to fire',
    (_, { alert, labels }) => {
      const wanted = [`alertname="${alert}"`, `severity="${String(labels?.['severity'])}"`];
      if (labels?.['long'] !== undefined) wanted.push(`long="${labels['long']}"`);
      expect(samples.filter((sample) => wanted.every((label) => sample.labels.includes(label)))).not.toEqual(
        [],
      );
    },
  );

  it('should expect the dead man’s switch to fire', () => {
    expect(cases.flatMap((test) => test.alert_rule_test ?? [])).toContainEqual(
      expect.objectContaining({ alertname: 'Watchdog' }),
    );
  });

  it('should expect no alert in at least as many cases', () => {
    const silent = cases.filter(({ promql_expr_test: checks = [] }) =>
      checks.some(({ exp_samples }) => !exp_samples),
    );
    expect(silent.length).toBeGreaterThanOrEqual(new Set(alerts.map(({ alert }) => alert)).size);
  });
});

describe('Alertmanager', () => {
  const config = text('monitoring/alertmanager/alertmanager.yml');

  it('should name only alerts that exist', () => {
    const named = [...config.matchAll(/\b(?:[A-Z][a-z]+){2,}\b/g)].map(([name]) => name);
    const names = new Set(alerts.map(({ alert }) => alert));
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect(names).toContain(name);
  });

  it('should get the address of every receiver from a variable that Compose passes on', () => {
    const read = new Set(text('monitoring/alertmanager/start.sh').match(/\bALERT_[A-Z_]+/g));
    const passed = new Set(text('docker-compose.yml').match(/\bALERT_[A-Z_]+/g));
    expect(read.size).toBe(4);
    expect(passed).toEqual(read);
  });
});
