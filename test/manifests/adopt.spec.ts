import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { namesFrom, webAddressOf } from '../../hack/names.ts';
import { GIT, IMAGE } from '../repository.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const NOT_COPIED = ['.git', '.terraform', 'coverage', 'dist', 'node_modules'];

/** A copy of the repository in a folder with an arbitrary name. */
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(`${tmpdir()}/adopted `);
  cpSync(root, copy, { recursive: true, filter: (path) => !NOT_COPIED.includes(basename(path)) });
  symlinkSync(`${root}node_modules`, `${copy}/node_modules`);
});

afterAll(() => {
  rmSync(copy, { recursive: true });
});

function adopt(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('hack/adopt.sh', args, { cwd: copy, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const read = (path: string): string => readFileSync(`${copy}/${path}`, 'utf8');

/**
 * The text of every file of the copy, by path. Does not read recursively from the root, because that would follow the
 * link to node_modules.
 */
function contents(): Map<string, string> {
  const paths = readdirSync(copy, { withFileTypes: true }).flatMap((top) => {
    if (top.isFile()) return [top.name];
    if (!top.isDirectory()) return [];
    return readdirSync(`${copy}/${top.name}`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`.slice(copy.length + 1));
  });
  return new Map(paths.map((path) => [path, read(path)]));
}

/** The paths of changed files. The comparison of all contents would be too long to print. */
function changedSince(before: ReadonlyMap<string, string>): string[] {
  const now = contents();
  return [...new Set([...before.keys(), ...now.keys()])].filter((path) => before.get(path) !== now.get(path));
}

/** The files that contain a text. */
const filesWith = (text: string): string[] =>
  [...contents()].filter(([, content]) => content.includes(text)).map(([path]) => path);

/** The images of the overlays without their tags. */
function deployed(): string[] {
  const images = readdirSync(`${copy}/config/overlays`).flatMap((environment) => {
    const manifests = execFileSync('kubectl', ['kustomize', `config/overlays/${environment}`], {
      cwd: copy,
      encoding: 'utf8',
    });
    return [...manifests.matchAll(/^ +(?:- )?image: ([^@\s]+?)(?::[^/\s]*)?$/gm)].map(
      ([, image = '']) => image,
    );
  });
  return [...new Set(images)];
}

/** Runs the tests of the copy that depend on the names and need no build. */
function testsOfTheCopy(): string {
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  const { status, stderr } = spawnSync(
    'node',
    [...jest, '--config', 'test/manifests/jest.config.js', 'argocd', 'workflows', 'manifests/monitoring'],
    { cwd: copy, encoding: 'utf8' },
  );
  return status === 0 ? 'passed' : stderr;
}

// Joined from parts, so that adopting this repository does not change this test.
const [HOST, GIT_HOST, TEAM] = ['registry.example.net', 'git.example.net', 'team/gw'];

const ELSEWHERE = {
  args: ['acme/gw', '--registry', `${HOST}/${TEAM}`, '--git', `https://${GIT_HOST}/${TEAM}.git`],
  git: `https://${GIT_HOST}/${TEAM}.git`,
  image: `${HOST}/${TEAM}`,
};

/** The cases run in order in one repository: each replaces the names of the one before. */
const CASES = [
  {
    args: ['Acme-Corp/doc-gw'],
    git: ['https://github.com', 'Acme-Corp', 'doc-gw.git'].join('/'),
    image: ['ghcr.io', 'acme-corp', 'doc-gw'].join('/'),
  },
  ELSEWHERE,
  {
    args: ['acme/gw-2', '--registry', `${HOST}:5000/${TEAM}-2`, '--git', `git@${GIT_HOST}:${TEAM}-2.git`],
    git: `git@${GIT_HOST}:${TEAM}-2.git`,
    image: `${HOST}:5000/${TEAM}-2`,
  },
];

describe.each(CASES)('after hack/adopt.sh $args', ({ args, git, image }) => {
  let before: Map<string, string>;
  let names: { git: string; image: string };

  beforeAll(() => {
    const [, oldGit = '', oldImage = ''] =
      /^GIT=(.*)\nIMAGE=(.*)$/m.exec(read('config/repository.env')) ?? [];
    names = { git: oldGit, image: oldImage };
    expect(adopt(...args)).toMatchObject({ status: 0, stderr: '' });
    before = contents();
  });

  it('should write the names to config/repository.env, and leave no old name in any file', () => {
    expect(read('config/repository.env')).toContain(`\nGIT=${git}\nIMAGE=${image}\n`);
    for (const old of [names.git, names.image, GIT, IMAGE]) {
      if (![git, image].some((name) => name.includes(old))) expect(filesWith(old)).toEqual([]);
    }
  });

  it('should run only its own images', () => {
    const own = deployed().filter((each) => each.startsWith(image));
    expect(own.sort()).toEqual([image, `${image}-upstream`]);
  });

  it('should link alerts and panels to its own pages', () => {
    const pages = `${webAddressOf(git)}/blob/main/docs/runbooks/`;
    expect(filesWith(pages)).toEqual(
      expect.arrayContaining([
        'config/components/monitoring/prometheusrule.yaml',
        'monitoring/grafana/dashboards/service.json',
        'monitoring/prometheus/rules/alerts.yml',
      ]),
    );
  });

  it('should pass the tests that depend on the names', () => {
    expect(testsOfTheCopy()).toBe('passed');
  });

  it('should change nothing when it runs again', () => {
    expect(adopt(...args)).toMatchObject({ status: 0 });
    expect(changedSince(before)).toEqual([]);
  });
});

describe('hack/adopt.sh', () => {
  it('should continue after an interruption', () => {
    const { args, image } = ELSEWHERE;
    const halfway = 'config/overlays/dev/kustomization.yaml';
    const [, old = ''] = /^IMAGE=(.*)$/m.exec(read('config/repository.env')) ?? [];
    writeFileSync(`${copy}/${halfway}`, read(halfway).replaceAll(old, image));
    expect(adopt(...args)).toMatchObject({ status: 0, stderr: '' });
    expect(filesWith(old)).toEqual([]);
  });

  it('should fail when a file has an unknown name', () => {
    const place = 'argocd/apps/imageupdater.yaml';
    const kept = read(place);
    const { args } = ELSEWHERE;
    adopt(...args);
    writeFileSync(`${copy}/${place}`, read(place).replaceAll(`${HOST}/${TEAM}`, 'elsewhere.test/gw'));
    const { status, stderr } = adopt(...args);
    expect(status).toBe(1);
    expect(stderr).toContain('argocd/apps watches the image elsewhere.test/gw');
    writeFileSync(`${copy}/${place}`, kept);
  });

  it.each(
    [
      [],
      ['acme'],
      ['acme/gw.git'],
      ['acme/gw', 'acme/other'],
      ['acme/..'],
      ['acme/-gw-'],
      ['acme/gw', '--registry'],
      ['acme/gw', '--registry', 'https://registry.test/gw'],
      ['acme/gw', '--registry', 'registry.test/gw:1.0'],
      ['acme/gw', '--registry', 'registry.test'],
      ['acme/gw', '--registry', 'team/gw'],
      ['acme/gw', '--git', 'http://git.test/gw.git'],
      ['acme/gw', '--git', 'https://user:password@git.test/gw.git'],
      ['acme/gw', '--git', '/srv/gw.git'],
      ['acme/gw', '--force'],
    ].map((args) => ({ args })),
  )('should reject $args, and change nothing', ({ args }) => {
    const before = contents();
    const { status, stderr } = adopt(...args);
    expect(status).toBe(2);
    expect(stderr).not.toBe('');
    expect(changedSince(before)).toEqual([]);
  });
});

describe('the names', () => {
  it('should be those on GitHub by default, with the image in lower case', () => {
    expect(namesFrom('Some-Body/Doc_GW')).toEqual({
      git: 'https://github.com/Some-Body/Doc_GW.git',
      image: 'ghcr.io/some-body/doc_gw',
    });
    expect(namesFrom('a/b', 'Localhost:5000/Team/GW').image).toBe('localhost:5000/team/gw');
  });

  it.each([
    ['https://git.test/team/gw.git', 'https://git.test/team/gw'],
    ['https://git.test:8443/o/p/_git/r', 'https://git.test:8443/o/p/_git/r'],
    ['git@git.test:team/gw.git', 'https://git.test/team/gw'],
    ['ssh://git@git.test:2222/team/gw.git', 'https://git.test/team/gw'],
  ])('should accept %s, with the web address %s', (git, web) => {
    expect(webAddressOf(namesFrom('a/b', undefined, git).git)).toBe(web);
  });
});
