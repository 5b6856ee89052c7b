import type { Scenario } from './scenario.ts';
import type { Check } from './stage.ts';

export interface Result {
  readonly scenario: Scenario;
  readonly checks: readonly Check[];
  readonly seconds: number;
}

export function hasPassed({ checks }: Result): boolean {
  return checks.every(({ holds }) => holds);
}

/** One line about the scenario, and one for each check with the measured value. */
export function describe(result: Result): string {
  const { scenario, checks, seconds } = result;
  const width = Math.max(...checks.map(({ claim }) => claim.length));
  const rows = checks.map(
    ({ claim, measured, holds }) => `  ${holds ? 'ok    ' : 'FAILED'}  ${claim.padEnd(width)}  ${measured}`,
  );
  const verdict = hasPassed(result) ? 'passed' : 'FAILED';
  return [`${scenario.name}: ${scenario.about}`, ...rows, `  ${verdict} in ${seconds.toFixed(1)} s`, ''].join(
    '\n',
  );
}

/** One line for each scenario, and a total such as `11 passed, 0 failed`. */
export function summarise(results: readonly Result[]): string {
  const rows = results.map((result) => {
    const { scenario, checks, seconds } = result;
    const held = checks.filter(({ holds }) => holds).length;
    const verdict = hasPassed(result) ? 'passed' : 'FAILED';
    return `${scenario.name.padEnd(18)} ${verdict}  ${held} of ${checks.length} hold  ${seconds.toFixed(1).padStart(6)} s`;
  });
  const seconds = results.reduce((total, result) => total + result.seconds, 0);
  const passed = results.filter(hasPassed).length;
  return [
    ...rows,
    `${seconds.toFixed(0)} s in all`,
    `${passed} passed, ${results.length - passed} failed`,
  ].join('\n');
}
