import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { arrowsOf, arrowsOfSources, drawing, LAYERS, mistakesIn } from '../hack/dependency-map.ts';

describe('the arrows between the folders', () => {
  it('should lead down, and in no circle', () => {
    const arrows = arrowsOfSources();
    expect(arrows.length).toBeGreaterThan(50);
    expect(mistakesIn(arrows)).toEqual([]);
  });

  it('should be those of the map: run hack/dependency-map.ts', () => {
    const page = readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8');
    expect(page).toContain(drawing(arrowsOfSources()));
  });

  it('should have every folder in a layer', () => {
    const folders = readdirSync(new URL('../src', import.meta.url), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    const known = LAYERS.flat().filter((folder) => folder !== 'root' && !folder.endsWith('.ts'));
    expect(folders.sort()).toEqual(known.sort());
  });
});

describe('a wrong arrow', () => {
  const wrong = (...files: readonly (readonly [string, string])[]): string[] => mistakesIn(arrowsOf(files));

  it('should be found when it leads up, by any kind of import', () => {
    const up = ['up: src/http/a.ts -> src/auth/b.ts'];
    expect(wrong(['http/a.ts', `import { b } from '../auth/b.ts';`])).toEqual(up);
    expect(wrong(['http/a.ts', `import type { B } from '../auth/b.ts';`])).toEqual(up);
    expect(wrong(['http/a.ts', `export { b } from '../auth/b.ts';`])).toEqual(up);
    expect(wrong(['http/a.ts', `await import('../auth/b.ts');`])).toEqual(up);
    expect(wrong(['settings/a.ts', `import { main } from '../main.ts';`])).toHaveLength(1);
  });

  it('should be found when it closes a circle within a layer, and when it leads to no folder', () => {
    expect(
      wrong(
        ['auth/a.ts', `import '../health/b.ts';`],
        ['health/b.ts', `import '../metrics/c.ts';`],
        ['metrics/c.ts', `import '../auth/a.ts';`],
      ),
    ).toEqual([
      'in a circle: src/auth/a.ts -> src/health/b.ts',
      'in a circle: src/health/b.ts -> src/metrics/c.ts',
      'in a circle: src/metrics/c.ts -> src/auth/a.ts',
    ]);
    expect(wrong(['auth/a.ts', `import '../elsewhere/b.ts';`])).toEqual([
      'up: src/auth/a.ts -> src/elsewhere/b.ts',
    ]);
  });

  it('should not be one that leads down, within a folder, or out of src', () => {
    expect(
      wrong(['auth/a.ts', `import './b.ts'; import '../http/c.ts'; import '../health/d.ts'; import 'e';`]),
    ).toEqual([]);
  });
});

it('should leave out of the picture what other arrows imply', () => {
  const arrows = arrowsOf([
    ['document/a.ts', `import '../upstream/b.ts'; import '../http/c.ts';`],
    ['upstream/b.ts', `import '../http/c.ts';`],
  ]);
  expect(drawing(arrows)).toBe('```mermaid\nflowchart TD\n  document --> upstream\n  upstream --> http\n```');
});
