import { globSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  blocksOf,
  commandsOf,
  NOT_RUN,
  PAGES,
  reasonNotToRun,
  runbookCommands,
} from './commands-of-pages.ts';

const runbooks = readdirSync(new URL('../../docs/runbooks/', import.meta.url));
/** Alerts that exist only in a cluster, and the dead man's switch, which is the same in both. */
const OF_ONE_PLACE = /^(argocd|application|image|watchdog)/;

const sources = globSync('src/**/*.ts', { exclude: ['**/*.spec.ts'] })
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');
/** Whether the sources have this text. Its last word may be a variable. */
const isWritten = (text: string): boolean =>
  [text, text.replace(/\w+$/, '${')].some((part) => sources.includes(part));

describe.each(runbooks.filter((file) => !OF_ONE_PLACE.test(file)))('the runbook %s', (file) => {
  const compose = commandsOf(`docs/runbooks/${file}`, 'compose');
  const kubernetes = commandsOf(`docs/runbooks/${file}`, 'kubernetes');

  it('should have commands for Compose and for Kubernetes', () => {
    expect(compose).not.toEqual([]);
    expect(kubernetes).not.toEqual([]);
  });

  it('should name the namespace, and show every replica and line', () => {
    for (const command of kubernetes.filter((one) => one.includes('kubectl '))) {
      expect(command.split('kubectl ').slice(1)).toEqual(
        command
          .split('kubectl ')
          .slice(1)
          .map(() => expect.stringContaining('-n "$NAMESPACE"')),
      );
      if (command.includes('logs -n "$NAMESPACE" deployment/')) expect(command).toContain('--all-pods');
      if (/logs .* -l /.test(command)) expect(command).toContain('--tail=-1');
    }
  });

  it('should search the log for texts that the service writes', () => {
    for (const command of [...compose, ...kubernetes]) {
      for (const [, pattern = ''] of command.matchAll(/logs .*grep (?:-E )?'([^']+)'/g)) {
        const texts = pattern.split('|').filter((text) => /^"?[A-Za-z_ -]+"?$/.test(text));
        expect(texts.filter((text) => !isWritten(text.replaceAll('"', '')))).toEqual([]);
      }
    }
  });

  it('should show stopped containers of Compose too', () => {
    for (const command of compose) {
      if (/ ps (?!-a|-q)/.test(command)) expect(command).toMatch(/compose ps gateway$/);
    }
  });
});

describe('the commands of the pages for operators', () => {
  it('should each be run by a script, or be listed with a reason', () => {
    const blocks = PAGES.flatMap(blocksOf);
    expect(blocks.filter((block) => reasonNotToRun(block) === undefined)).toEqual([]);
    const inRunbooks = runbooks.flatMap((file) => commandsOf(`docs/runbooks/${file}`, 'kubernetes'));
    const used = new Set([...blocks, ...inRunbooks].map(reasonNotToRun));
    expect(NOT_RUN.filter(([, reason]) => !used.has(reason))).toEqual([]);
  });

  it('should be found in both columns of the runbooks', () => {
    expect(runbookCommands('compose').length).toBeGreaterThan(15);
    expect(runbookCommands('kubernetes').length).toBeGreaterThan(15);
  });
});
