import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { IMAGE, UPSTREAM_IMAGE } from '../repository.ts';
import { kustomize } from './kustomize.ts';
import { workloads } from './manifest.ts';

const SCRIPT = fileURLToPath(new URL('../../hack/kind-up.sh', import.meta.url));

/** A stand-in that records its arguments. */
const NOTE = '#!/bin/bash\necho "$(basename "$0") $*" >>"$(dirname "$0")/calls"\n';

it('hack/kind-up.sh should build the images that the overlay names, without attestations, and load them', () => {
  const folder = mkdtempSync(`${tmpdir()}/kind up-`);
  try {
    const kubectl = execFileSync('bash', ['-c', 'command -v kubectl'], { encoding: 'utf8' }).trim();
    writeFileSync(`${folder}/docker`, NOTE, { mode: 0o755 });
    writeFileSync(`${folder}/kind`, NOTE, { mode: 0o755 });
    writeFileSync(`${folder}/kubectl`, `${NOTE}[ "$1" != kustomize ] || exec ${kubectl} "$@"\n`, {
      mode: 0o755,
    });
    const { status, stderr } = spawnSync(SCRIPT, ['--no-argocd'], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` },
    });
    expect([status, stderr]).toEqual([0, '']);

    const calls = readFileSync(`${folder}/calls`, 'utf8').split('\n');
    const builds = calls.filter((call) => call.startsWith('docker build '));
    const built = builds.map((call) => / -t (\S+) \.$/.exec(call)?.[1] ?? 'none');
    const asked = workloads(kustomize('config/overlays/dev')).flatMap(({ containers }) =>
      containers.map(({ image }) => image),
    );
    expect(built.map((image) => image.replace(/:[^/]*$/, ''))).toEqual([IMAGE, UPSTREAM_IMAGE]);
    expect(new Set(built)).toEqual(new Set(asked));
    expect(builds.filter((call) => !call.includes(' --provenance=false '))).toEqual([]);
    expect(
      calls.filter((call) => call.startsWith('kind load ')).map((call) => call.split(' ').at(-1)),
    ).toEqual(built);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
