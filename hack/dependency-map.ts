/**
 * The folders of src and the arrows between them, from the imports of the sources, types included. Run it after a
 * change of them: it draws the map of docs/architecture.md, and a test holds the two together.
 *
 *   npx node hack/dependency-map.ts
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/**
 * The folders of `src`, from the top down: an import leads further down, or to a folder of the same layer. `root` is the files
 * beside the folders, which put them together; stop-signals.ts is loaded before all others and imports nothing.
 */
export const LAYERS: readonly (readonly string[])[] = [
  ['root'],
  ['document', 'docs', 'openapi'],
  ['verification'],
  ['formats'],
  ['upstream'],
  ['resilience'],
  ['auth', 'rate-limit', 'health', 'metrics', 'tracing', 'logging'],
  ['http'],
  ['problem', 'settings', 'stop-signals.ts'],
];

/** An import of a file of one folder by a file of another. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  /** The files, as `src/http/adapter.ts -> src/problem/problem.ts`. */
  readonly import: string;
}

/** The arrows of these files: names below `src`, and texts. */
export function arrowsOf(files: Iterable<readonly [name: string, text: string]>): Arrow[] {
  return [...files].flatMap(([name, text]) =>
    ts
      .preProcessFile(text)
      .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => join(name, '..', fileName))
      .map((target) => ({
        from: folderOf(name),
        to: folderOf(target),
        import: `src/${name} -> src/${target}`,
      }))
      .filter(({ from, to }) => from !== to),
  );
}

/** What is wrong with these arrows: those that lead up, or nowhere, and circles. */
export function mistakesIn(arrows: readonly Arrow[]): string[] {
  const upward = arrows
    .filter(({ from, to }) => layerOf(to) < layerOf(from) || layerOf(to) < 0 || layerOf(from) < 0)
    .map((arrow) => `up: ${arrow.import}`);
  const next = targets(arrows);
  const circular = arrows
    .filter(({ from, to }) => reachable(next, to).has(from))
    .map((arrow) => `in a circle: ${arrow.import}`);
  return [...upward, ...circular];
}

/** A picture in the language of Mermaid. An arrow that others imply, one after the other, is left out. */
export function drawing(arrows: readonly Arrow[]): string {
  const next = targets(arrows);
  const lines = [...next].flatMap(([from, tos]) =>
    [...tos]
      .filter((to) => ![...tos].some((other) => other !== to && reachable(next, other).has(to)))
      .map((to) => `  ${from} --> ${to}`),
  );
  return ['```mermaid', 'flowchart TD', ...lines.sort(), '```'].join('\n');
}

/** The arrows of the sources; tests may look in from anywhere. */
export function arrowsOfSources(): Arrow[] {
  const src = fileURLToPath(new URL('../src/', import.meta.url));
  const names = globSync('**/*.ts', { cwd: src }).filter((name) => !/\.(?:spec|fixture)\.ts$/.test(name));
  return arrowsOf(names.map((name) => [name, readFileSync(join(src, name), 'utf8')] as const));
}

function folderOf(name: string): string {
  const [folder = '', file] = name.split('/');
  return file === undefined && layerOf(folder) < 0 ? 'root' : folder;
}

function layerOf(folder: string): number {
  return LAYERS.findIndex((folders) => folders.includes(folder));
}

function targets(arrows: readonly Arrow[]): ReadonlyMap<string, ReadonlySet<string>> {
  const byRoom = Map.groupBy(arrows, ({ from }) => from);
  return new Map([...byRoom].map(([from, own]) => [from, new Set(own.map(({ to }) => to))]));
}

function reachable(next: ReadonlyMap<string, ReadonlySet<string>>, from: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (folder: string): void => {
    for (const to of next.get(folder) ?? []) {
      if (found.has(to)) continue;
      found.add(to);
      visit(to);
    }
  };
  visit(from);
  return found;
}

if (import.meta.main) {
  const page = new URL('../docs/architecture.md', import.meta.url);
  const text = readFileSync(page, 'utf8');
  writeFileSync(page, text.replace(/```mermaid\n.*?\n```/s, drawing(arrowsOfSources())));
}
