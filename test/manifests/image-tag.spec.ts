import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const script = fileURLToPath(new URL('../../.ci/image-tag', import.meta.url));

let folder: string;

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

const tag = (): string => execFileSync(script, { cwd: folder, encoding: 'utf8' }).trim();

/** Makes a commit. @returns the tag of its image */
function commit(message: string): string {
  git('commit', '--allow-empty', '-m', message);
  return tag();
}

/** The tag that the strategy `alphabetical` takes: the last one in byte order. */
const newest = (tags: readonly string[]): string | undefined => [...tags].sort().at(-1);

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/image-tag-`);
  git('init', '--initial-branch=main');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('the tag of an image', () => {
  it('should contain the number of commits and the commit', () => {
    commit('one');
    expect(commit('two')).toBe(`build-00000002-${git('rev-parse', 'HEAD')}`);
  });

  it('should sort in the order of more than ten commits', () => {
    const tags = Array.from({ length: 12 }, (_, index) => commit(String(index)));
    expect([...tags].sort()).toEqual(tags);
  });

  it('should be later for a revert than for the reverted commit, although the content is the same', () => {
    const good = commit('good');
    writeFileSync(`${folder}/file`, '');
    git('add', 'file');
    const bad = commit('bad');
    git('revert', '--no-edit', 'HEAD');
    expect(newest([good, bad, tag()])).toBe(tag());
  });

  it('should be later for a merge than for all merged commits', () => {
    const tags = [commit('base')];
    git('checkout', '-b', 'branch');
    tags.push(commit('a'), commit('b'), commit('c'));
    git('checkout', 'main');
    tags.push(commit('d'));
    git('merge', '--no-ff', '-m', 'merge', 'branch');
    expect(newest([...tags, tag()])).toBe(tag());
  });

  it('should be later when main was merged into a branch, and main then fast-forwarded to it', () => {
    const tags = [commit('base')];
    git('checkout', '-b', 'branch');
    commit('a');
    git('checkout', 'main');
    tags.push(commit('b'), commit('c'), commit('d'));
    git('checkout', 'branch');
    git('merge', '--no-ff', '-m', 'merge', 'main');
    expect(newest([...tags, tag()])).toBe(tag());
  });

  it('should be rejected in a shallow clone', () => {
    commit('one');
    commit('two');
    const clone = `${folder}/clone`;
    git('clone', '--depth', '1', `file://${folder}`, clone);
    const { status, stdout, stderr } = spawnSync(script, { cwd: clone, encoding: 'utf8' });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('fetch-depth: 0');
  });
});
