import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** Pages with commands for operators. test/consuming runs those of docs/consuming.md. */
export const PAGES = ['README.md', 'docs/operating.md', 'docs/keys.md'] as const;

/**
 * Commands that this script does not run, and why. A command is matched by its first line that is not a comment; the
 * first matching entry counts.
 */
export const NOT_RUN: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /^docker compose up --build$/,
    'stays in the foreground; `.ci/container` starts it detached in a fresh clone',
  ],
  [/^npm (ci|start|test)/, 'the first steps of `.ci/run`; `npm start` is run by test/e2e/process.spec.ts'],
  [/^curl -D - -o document -H 'X-API-KEY: development-key/, '`.ci/container` runs it in a fresh clone'],
  [/^curl -H 'X-API-KEY: development-key/, 'the same'],
  [/^UPSTREAM=dummy-pdf-or-png /, 'builds from a public repository'],
  [/^RATE_LIMIT=.*--profile valkey/, 'stays in the foreground; `.ci/redis` runs against a real Redis'],
  [/^OTEL_EXPORTER_OTLP_ENDPOINT=.*--profile tracing/, 'stays in the foreground; needs the image of Jaeger'],
  [/^docker build /, '`.ci/container` builds and runs the image with the same flags'],
  [/^docker exec NAME/, 'stands for commands with a container of yours'],
  [/^key=\$\(openssl/, '`.ci/container` runs it in its own check, which puts .env and keys/ back'],
  [/^curl -si https:\/\/GATEWAY/, 'stands for an address of yours'],
  [/ --previous /, 'fails while no container has ended, as it should'],
  [/^kubectl top /, 'needs metrics-server'],
  [/^echo "API_KEY=.*>keys\.env/, 'needs a cluster, and an image in a registry'],
];

/** The `sh` blocks of a page. */
export function blocksOf(page: string): string[] {
  return [...text(page).matchAll(/^```sh\n(.*?)\n```$/gms)].map(([, block = '']) => block);
}

/** The reason why the script does not run this command of a runbook, or undefined if it runs it. */
export function reasonNotToRun(block: string): string | undefined {
  const first = block.split('\n').find((line) => !line.startsWith('#')) ?? '';
  return NOT_RUN.find(([pattern]) => pattern.test(first))?.[1];
}

/** The commands of one column in the tables of the runbooks that can run anywhere. */
export function runbookCommands(column: 'compose' | 'kubernetes'): string[] {
  return readdirSync(new URL('docs/runbooks/', root))
    .flatMap((file) => commandsOf(`docs/runbooks/${file}`, column))
    .filter((command) => reasonNotToRun(command) === undefined);
}

/** The commands of one column in the tables of a runbook. */
export function commandsOf(page: string, column: 'compose' | 'kubernetes'): string[] {
  const tables = text(page).matchAll(
    /^\| to see +\| Docker Compose +\| Kubernetes +\|\n\|[-| ]+\|\n((?:\|.*\|\n)+)/gm,
  );
  return [...tables].flatMap(([, rows = '']) =>
    rows
      .trimEnd()
      .split('\n')
      .map((row) => row.split(/(?<!\\)\|/)[column === 'compose' ? 2 : 3]?.trim() ?? '')
      .filter((cell) => /^`[^`]+`$/.test(cell))
      .map((cell) => cell.slice(1, -1).replaceAll('\\|', '|')),
  );
}
