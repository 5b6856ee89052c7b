import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A cluster is a folder: the `managers` of Argo CD's CRD, the `address` of the webhook, the `default` applications. */
const KUBECTL = `#!/bin/bash
cd "$(dirname "$0")/../cluster"
say() { [ ! -e "$1" ] || cat "$1"; }
case "$*" in
  *'get crd applications.argoproj.io'*) say managers ;;
  *'get deployments'*) echo '  argocd/argocd-server: quay.io/argoproj/argocd:v3.4.0' ;;
  *'get applications.argoproj.io'*) say default ;;
  *'get secret argocd-notifications-secret'*) say address ;;
  *' diff '* | diff*)
    echo "Files /tmp/LIVE-1/apps.v1.Deployment.argocd.argocd-server and /tmp/MERGED-2/apps.v1.Deployment.argocd.argocd-server differ"
    exit 1 ;;
  *--dry-run=client*) ;;
  apply*) echo "$*" >>applied ;;
esac
`;

let folder: string;
let cluster: string;

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/argocd up-`);
  cluster = `${folder}/cluster`;
  for (const path of ['bin', 'cluster', 'hack', 'config']) mkdirSync(`${folder}/${path}`);
  cpSync(`${root}hack/argocd-up.sh`, `${folder}/hack/argocd-up.sh`);
  cpSync(`${root}argocd`, `${folder}/argocd`, { recursive: true });
  writeFileSync(`${folder}/config/repository.env`, 'GIT=https://github.com/acme/gw.git\n');
  writeFileSync(`${folder}/bin/kubectl`, KUBECTL, { mode: 0o755 });
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/**
 * Runs the script.
 *
 * @returns what it applied: the last argument of each call
 */
function up(...args: string[]): { status: number | null; applied: string[]; said: string } {
  const { status, stdout, stderr } = spawnSync(`${folder}/hack/argocd-up.sh`, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}/bin:${process.env['PATH'] ?? ''}` },
  });
  const calls = existsSync(`${cluster}/applied`)
    ? readFileSync(`${cluster}/applied`, 'utf8').trim().split('\n')
    : [];
  return { status, applied: calls.map((call) => call.split(' ').at(-1) ?? ''), said: stdout + stderr };
}

const INSTALLED = ['-', 'argocd/install'];

describe('hack/argocd-up.sh', () => {
  it('should install, and apply what belongs to this repository', () => {
    expect(up()).toMatchObject({ status: 0, applied: [...INSTALLED, 'argocd/bootstrap'] });
  });

  it('should install alone', () => {
    expect(up('--install-only')).toMatchObject({ status: 0, applied: INSTALLED });
  });

  it('should refuse an Argo CD that it has not installed, print the differences, and change nothing', () => {
    writeFileSync(`${cluster}/managers`, 'helm kube-apiserver');
    const { status, applied, said } = up();
    expect([status, applied]).toEqual([1, []]);
    expect(said).toContain('argocd/argocd-server: quay.io/argoproj/argocd:v3.4.0');
    expect(said).toContain('  apps.v1.Deployment.argocd.argocd-server\n');
    expect(said).toContain('--take-over');
  });

  it('should take one over with --take-over', () => {
    writeFileSync(`${cluster}/managers`, 'helm kube-apiserver');
    expect(up('--take-over')).toMatchObject({ status: 0, applied: [...INSTALLED, 'argocd/bootstrap'] });
  });

  it('should update one that it has installed', () => {
    writeFileSync(`${cluster}/managers`, 'kube-apiserver document-gateway-install');
    expect(up()).toMatchObject({ status: 0, applied: [...INSTALLED, 'argocd/bootstrap'] });
  });

  it('should not change the project default, and say how to close it', () => {
    expect(up().said).toContain('--close-default closes it');
  });

  it('should close the project default with --close-default', () => {
    expect(up('--close-default')).toMatchObject({
      status: 0,
      applied: [...INSTALLED, 'argocd/close-default', 'argocd/bootstrap'],
    });
  });

  it('should not close a project that has applications, and change nothing', () => {
    writeFileSync(`${cluster}/managers`, 'document-gateway-install');
    writeFileSync(`${cluster}/default`, 'argocd/shop');
    const { status, applied, said } = up('--close-default');
    expect([status, applied]).toEqual([1, []]);
    expect(said).toContain('argocd/shop');
  });

  it('should set up notifications once there is an address', () => {
    expect(up().said).toContain('No notifications');
    rmSync(`${cluster}/applied`);
    writeFileSync(`${cluster}/address`, 'aHR0cA==');
    expect(up()).toMatchObject({ applied: [...INSTALLED, 'argocd/bootstrap', 'argocd/notifications'] });
  });

  it('should refuse the placeholder repository before it changes anything', () => {
    writeFileSync(`${folder}/config/repository.env`, 'GIT=https://github.com/example/gw.git\n');
    expect(up()).toMatchObject({ status: 1, applied: [] });
    expect(up('--install-only').status).toBe(0);
  });

  it('should refuse unknown arguments', () => {
    expect(up('--force')).toMatchObject({ status: 2, applied: [] });
  });
});
