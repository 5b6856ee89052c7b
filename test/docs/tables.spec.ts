import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { problems } from '../../src/problem/problem.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The cells of each row of the table with this heading. */
function table(page: string, heading: string): readonly (readonly string[])[] {
  const lines = read(page).split('\n');
  const start = lines.findIndex((line) => line.replaceAll(/ +/g, ' ').startsWith(`| ${heading} |`));
  expect(start).toBeGreaterThan(-1);
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const numbers = (texts: readonly (string | undefined)[]): number[] =>
  texts.flatMap((text = '') => text.match(/\b\d{3}\b/g)?.map(Number) ?? []).sort((a, b) => a - b);

const statuses = [...new Set(Object.values(problems).map(({ status }) => status))].sort((a, b) => a - b);

describe('the statuses of problems', () => {
  it('should each be in one row of the README', () => {
    expect(numbers(table('README.md', 'status | when').map(([status]) => status))).toEqual(statuses);
  });

  it('should each be in one row of docs/problems.md', () => {
    const rows = table('docs/problems.md', 'ask again? | problems');
    expect(numbers(rows.map(([, those]) => those))).toEqual(statuses);
  });
});

describe('the settings of the README', () => {
  const example = parseEnv(read('.env.example'));

  const rows = table('README.md', 'setting | default |').map((row) =>
    row.map((cell) => cell.replaceAll('`', '')),
  );

  it('should have the defaults of .env.example', () => {
    expect(rows.map(([setting = '', fallback]) => [setting, fallback])).toEqual(
      rows.map(([setting = '']) => [setting, example[setting]]),
    );
  });
});
