/**
 * Queries a running Prometheus and Alertmanager. Each command polls until its condition is true, and fails after a
 * timeout.
 *
 *   PROMETHEUS_URL=... ALERTMANAGER_URL=... node test/monitoring/live.ts targets | expressions
 *   ... node test/monitoring/live.ts firing|gone ALERT
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { dashboardExpressions, type Expression, linkedExpressions, rules } from './files.ts';
import { selectorsOf } from './promql.ts';

const { PROMETHEUS_URL = 'http://localhost:9090', ALERTMANAGER_URL = 'http://localhost:9093' } = process.env;
const TIMEOUT_MS = 90_000;
/** For the rates of the traffic, which disappear one minute after it. */
const SHORT_TIMEOUT_MS = 15_000;

/**
 * Expressions that may return nothing although everything works, and why. hack/traffic.sh prints the same reasons.
 */
const EXPECTED_EMPTY: readonly (readonly [place: string, reason: string])[] = [
  ['upstream.json: Not verified to the end', 'the stand-in sends nothing that goes unchecked'],
  ['service.json: Firing alerts', 'no alert fires while nothing is wrong for long'],
  ['service.json: Keys end in', 'the API key of the stack is a setting, which does not expire'],
  ['service.json: Beyond their rate', 'the stack limits no consumer'],
  ['service.json: Wait for Redis', 'the stack has no REDIS_URL'],
  ['annotation Deployments', 'a deployment shows for two minutes'],
  ['alert ImageUpdater', 'the stack has no Image Updater'],
  ['alert Application', 'the stack has no Argo CD'],
  ['alert ApiKeyExpiresSoon', 'the API key of the stack does not expire'],
];

interface Answer<Data> {
  readonly status: 'success' | 'error';
  readonly error?: string;
  readonly data: Data;
}
interface Vector {
  readonly result: readonly { readonly value: readonly [number, string] }[];
}

async function prometheus<Data>(path: string, parameters: Record<string, string> = {}): Promise<Data> {
  const query = new URLSearchParams(parameters);
  const response = await fetch(`${PROMETHEUS_URL}/api/v1/${path}?${query.toString()}`);
  const answer = (await response.json()) as Answer<Data>;
  if (answer.status !== 'success') throw new Error(answer.error ?? `Prometheus answered ${response.status}`);
  return answer.data;
}

/** Whether the expression has a value that is a number. */
async function hasData(expr: string): Promise<boolean> {
  const { result } = await prometheus<Vector>('query', { query: expr });
  return result.some(({ value: [, value] }) => value !== 'NaN');
}

/** Calls until nothing is missing. Exits with 1 after the timeout. */
async function until(missing: () => Promise<readonly string[]>, timeoutMs = TIMEOUT_MS): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const left = await missing();
    if (left.length === 0) return;
    if (performance.now() > deadline) {
      console.error(left.join('\n'));
      process.exit(1);
    }
    await sleep(500);
  }
}

async function targetsThatAreDown(): Promise<string[]> {
  const { activeTargets } = await prometheus<{
    activeTargets: { scrapeUrl: string; health: string; lastError: string }[];
  }>('targets');
  if (activeTargets.length === 0) return ['there are no targets'];
  return activeTargets
    .filter(({ health }) => health !== 'up')
    .map(({ scrapeUrl, health, lastError }) => `${scrapeUrl} is ${health}: ${lastError}`);
}

/**
 * The expressions that must return data: those of dashboards and recording rules, and the selectors of alerts. An
 * alert returns data only while it fires, so only its selectors are checked.
 */
function expectations(): Expression[] {
  const ofRules = rules().flatMap(({ record, alert, expr }) =>
    record === undefined
      ? selectorsOf(expr).map((selector) => ({ place: `alert ${String(alert)}`, expr: selector }))
      : [{ place: `rule ${record}`, expr }],
  );
  return [...dashboardExpressions(), ...linkedExpressions(), ...ofRules];
}

async function unhealthyRules(): Promise<string[]> {
  const { groups } = await prometheus<{
    groups: { rules: { name: string; health: string; lastError?: string }[] }[];
  }>('rules');
  const loaded = groups.flatMap((group) => group.rules);
  const unhealthy = loaded.filter(({ health }) => health !== 'ok');
  if (loaded.length !== rules().length) return [`${loaded.length} of ${rules().length} rules are loaded`];
  return unhealthy.map(({ name, health, lastError }) => `rule ${name} is ${health}: ${lastError ?? ''}`);
}

async function expressionsWithoutData(): Promise<string[]> {
  const missing: string[] = [];
  for (const { place, expr } of expectations()) {
    if (await hasData(expr)) continue;
    if (!EXPECTED_EMPTY.some(([allowed]) => place.includes(allowed)))
      missing.push(`no data: ${place}: ${expr}`);
  }
  return missing;
}

/** One text for each firing instance of an alert in Alertmanager. */
async function firing(alert: string): Promise<string[]> {
  const filter = new URLSearchParams({ filter: `alertname="${alert}"`, active: 'true' });
  const response = await fetch(`${ALERTMANAGER_URL}/api/v2/alerts?${filter.toString()}`);
  const alerts = (await response.json()) as { annotations: Record<string, string> }[];
  return alerts.map(
    ({ annotations }) => `${alert}: ${annotations['summary'] ?? ''}. ${annotations['description'] ?? ''}`,
  );
}

const [command, alert = ''] = process.argv.slice(2);
switch (command) {
  case 'targets':
    await until(targetsThatAreDown);
    break;
  case 'expressions':
    await until(unhealthyRules);
    await until(expressionsWithoutData, SHORT_TIMEOUT_MS);
    console.log(`${expectations().length} expressions, ${rules().length} rules`);
    for (const [place, reason] of EXPECTED_EMPTY) console.log(`rightly empty: ${place}: ${reason}`);
    break;
  case 'firing':
    await until(async () => ((await firing(alert)).length > 0 ? [] : [`${alert} does not fire`]));
    console.log((await firing(alert)).join('\n'));
    break;
  case 'gone':
    await until(() => firing(alert));
    break;
  default:
    console.error('commands: targets, expressions, firing ALERT, gone ALERT');
    process.exit(2);
}
