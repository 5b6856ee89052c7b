/**
 * The folders of src and the imports between them, types included. Run it after a change of imports: it draws the map of
 * docs/architecture.md. A test compares the two.
 *
 *   npx node hack/dependency-map.ts
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/**
 * The layers of `src` from top to bottom. An import leads to a lower layer or to a folder of the same layer. `root`
 * is the files beside the folders, which combine them. stop-signals.ts is loaded first and imports nothing.
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

/** An import from one folder into another. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  /** The files, as `src/http/adapter.ts -> src/problem/problem.ts`. */
  readonly import: string;
}

/** Returns the arrows of files, given by their names below `src` and their texts. */
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

/** The mistakes in these arrows: those to a higher or unknown layer, and circles. */
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

/** A Mermaid diagram. An arrow that a chain of others implies is left out. */
export function drawing(arrows: readonly Arrow[]): string {
  const next = targets(arrows);
  const lines = [...next].flatMap(([from, tos]) =>
    [...tos]
      .filter((to) => ![...tos].some((other) => other !== to && reachable(next, other).has(to)))
      .map((to) => `  ${from} --> ${to}`),
  );
  return ['```mermaid', 'flowchart TD', ...lines.sort(), '```'].join('\n');
}

/** The arrows of the sources; tests may import anything. */
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
