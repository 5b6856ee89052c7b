import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const script = fileURLToPath(new URL('../../.ci/release-image', import.meta.url));
const imageTag = fileURLToPath(new URL('../../.ci/image-tag', import.meta.url));
const DIGEST = `sha256:${'a'.repeat(64)}`;
const PART = `sha256:${'b'.repeat(64)}`;

/** A stand-in for a registry: a file with one tag in each line. Every image has the same digest. */
const DOCKER = `#!/bin/sh
case "$3 $4" in
  inspect*) for last; do :; done
    grep -qxF "\${last##*:}" registry && echo '{"mediaType":"index","digest":"${DIGEST}","manifests":[{"digest":"${PART}"}]}' ;;
  create*) shift 4; while [ $# -gt 0 ]; do [ "$1" = --tag ] && echo "\${2##*:}" >>registry; shift; done ;;
esac
`;
const COSIGN = '#!/bin/sh\ntest ! -e unsigned\n';

let folder: string;

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

const tagOf = (of: string): string => execFileSync(imageTag, [of], { cwd: folder, encoding: 'utf8' }).trim();

/** Commits a change of a file. @returns that commit */
function commit(path: string): string {
  mkdirSync(dirname(`${folder}/${path}`), { recursive: true });
  writeFileSync(`${folder}/${path}`, String(Math.random()));
  git('add', path);
  git('commit', '-m', path);
  return git('rev-parse', 'HEAD');
}

/**
 * Releases a commit of main, of which some have images. @returns the commit of the released image, and the version
 * tags in the registry
 */
function release(
  tagged: string,
  images: readonly string[],
): { status: number | null; from: string | undefined; tags: string[]; said: string } {
  git('update-ref', 'refs/remotes/origin/main', 'main');
  git('checkout', '--detach', tagged);
  writeFileSync(`${folder}/registry`, images.map((each) => `${tagOf(each)}\n`).join(''));
  const { status, stdout, stderr } = spawnSync(script, ['registry.test/me/gateway', '1.2.3', 'cosign.pub'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}/bin:${process.env['PATH'] ?? ''}`, PATIENCE: '0' },
  });
  const tags = readFileSync(`${folder}/registry`, 'utf8').split('\n');
  return {
    status,
    from: /built from (\w+)/.exec(stdout)?.[1],
    tags: tags.filter((tag) => /^\d/.test(tag)),
    said: stderr,
  };
}

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/release image-`);
  git('init', '--initial-branch=main');
  mkdirSync(`${folder}/bin`);
  writeFileSync(`${folder}/bin/docker`, DOCKER, { mode: 0o755 });
  writeFileSync(`${folder}/bin/cosign`, COSIGN, { mode: 0o755 });
  commit('src/main.ts');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('the image of a release', () => {
  it('should be that of its commit, with three version tags', () => {
    const built = commit('src/main.ts');
    expect(release(built, [built])).toMatchObject({
      status: 0,
      from: built,
      tags: ['1.2.3', '1.2', '1'],
    });
  });

  it('should be that of the last commit that could change it, before commits of the image updater', () => {
    const built = commit('src/main.ts');
    const tagged = commit('config/overlays/dev/kustomization.yaml');
    expect(release(tagged, [built]).from).toBe(built);
  });

  it('should be that of the merge when the merged commits have none', () => {
    git('checkout', '-b', 'branch');
    commit('src/main.ts');
    git('checkout', 'main');
    git('merge', '--no-ff', '-m', 'merge', 'branch');
    const built = git('rev-parse', 'HEAD');
    expect(release(built, [built]).from).toBe(built);
  });

  it.each([0, 1])('should be that of the last commit of a push: commit %i of two', (index) => {
    const pushed = [commit('src/main.ts'), commit('docs/deploying.md')];
    expect(release(pushed[index] ?? '', [pushed[1] ?? '']).from).toBe(pushed[1]);
  });

  it('should never be that of another content', () => {
    const before = commit('src/main.ts');
    const tagged = commit('package.json');
    const after = commit('src/main.ts');
    const { status, tags, said } = release(tagged, [before, after]);
    expect([status, tags]).toEqual([1, []]);
    expect(said).toContain(`There is no image of ${tagged}`);
  });

  it('should not be an unsigned one', () => {
    const built = commit('src/main.ts');
    writeFileSync(`${folder}/unsigned`, '');
    const { status, tags } = release(built, [built]);
    expect([status, tags]).toEqual([1, []]);
  });
});
