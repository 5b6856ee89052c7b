import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../../', import.meta.url));
const NOT_OURS = /(^|\/)(node_modules|dist|coverage|\.git)$/;
const pages = globSync('**/*.md', { cwd: root, exclude: (path) => NOT_OURS.test(path) });

/** The targets of the links of a page, without other sites and code blocks. */
function links(page: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8').replaceAll(/^```.*?^```/gms, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors that GitHub makes of headings. */
function anchors(path: string): readonly string[] {
  const headings = readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? join(root, page) : join(root, dirname(page), path);
  if (!existsSync(target)) return false;
  return anchor === undefined || (statSync(target).isFile() && anchors(target).includes(anchor));
}

describe.each(pages)('%s', (page) => {
  it('should have no broken link', () => {
    expect(links(page).filter((link) => !leadsSomewhere(page, link))).toEqual([]);
  });
});

/** Files and folders of the repository that a page names as code. */
function paths(page: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8').replaceAll(/^```.*?^```/gms, '');
  const ours = /^(?:src|test|bench|docs|hack|config|argocd|monitoring|terraform|\.ci|\.github)\/[\w./-]+$/;
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code).filter((code) => ours.test(code));
}

describe('the files that pages name', () => {
  const named = pages.flatMap((page) => paths(page).map((path) => [page, path] as const));

  it('should exist', () => {
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter(([, path]) => !existsSync(join(root, path)))).toEqual([]);
  });
});

/** Scenarios of the chaos suite that a page names, as in: scenarios `soak`, `overload`. */
function scenarios(page: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/\bscenarios? ((?:`[a-z-]+`(?:, | and )?)+)/g)].flatMap(
    ([, names = '']) => names.match(/[a-z-]{3,}/g)?.filter((name) => name !== 'and') ?? [],
  );
}

describe('the scenarios that pages name', () => {
  const folder = join(root, 'test/chaos/scenarios');
  const known = globSync('*.ts', { cwd: folder }).flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/name: ['`]([^'`]+)/g)].map(([, name]) => name),
  );

  it.each(['docs/architecture.md', 'docs/security.md'])('should exist: %s', (page) => {
    expect(scenarios(page).length).toBeGreaterThan(3);
    expect(scenarios(page).filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('the check of links', () => {
  it('should notice a missing file and a missing heading', () => {
    expect(leadsSomewhere('README.md', 'docs/keys.md')).toBe(true);
    expect(leadsSomewhere('README.md', 'docs/locks.md')).toBe(false);
    expect(leadsSomewhere('README.md', '#settings')).toBe(true);
    expect(leadsSomewhere('README.md', '#sittings')).toBe(false);
    expect(links('docs/architecture.md').length).toBeGreaterThan(30);
  });
});
