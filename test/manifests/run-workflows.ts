/** Runs the `run:` steps of the workflows, see .ci/workflows. */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

interface Step {
  id?: string;
  name?: string;
  uses?: string;
  run?: string;
  env?: Record<string, string>;
  with?: Record<string, string | number | boolean>;
}

interface Job {
  env?: Record<string, string>;
  strategy?: { matrix: { command?: string[]; include?: Record<string, string>[] } };
  steps?: Step[];
}

type Values = Record<string, string>;

/** The version of the release that the clone is prepared for. */
const VERSION = '999.0.0';
/** A local registry in place of the real one. Docker uses it without TLS. */
const REGISTRY = process.env['WORKFLOWS_REGISTRY'];

/** Jobs that cannot run here, and why. */
const JOBS: Readonly<Record<string, string>> = {
  'deploy-aws.yml terraform':
    'it needs the images of Terraform, TFLint and Trivy, and the providers; .ci/terraform does without',
  'deploy-aws.yml deploy': 'it needs an account of AWS; deploy-aws.spec.ts has a stand-in',
  'mutation.yml mutate': 'it takes hours',
};
/** Jobs whose steps .ci/run runs, one by one or in .ci/cluster. */
const RUN_BY_CI = new Set(['ci.yml check', 'ci.yml cluster']);

/** Steps that cannot run here, by the start of their script, and why. */
const SKIPPED_STEPS: readonly (readonly [string, string])[] = [
  ['npm audit', 'it asks the registry of npm itself for known weaknesses; a mirror answers 405'],
  ['gh release create', 'it needs GitHub'],
];
/** Jobs that need a registry and a signing key. */
const PUBLISHES = ['image.yml publish', 'release.yml release'];

const root = fileURLToPath(new URL('../../', import.meta.url));
const beside = process.argv.includes('--beside');
const work = mkdtempSync(`${tmpdir()}/workflows-`);
// Beside the repository, because some scripts use its neighbours.
const checkout = mkdtempSync(`${root.replace(/\/$/, '')}-workflows-`);
const count = { passed: 0, failed: 0, left: 0 };

function command(file: string, args: readonly string[], env: Values = {}): string {
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
  return execFileSync(file, args, {
    cwd: checkout,
    encoding: 'utf8',
    stdio,
    env: { ...process.env, ...env },
  }).trim();
}

/** Replaces expressions by values. @throws Error for an expression without a value, which must get one */
function substitute(text: string, values: Values): string {
  return text.replaceAll(/\$\{\{ *(.*?) *\}\}/g, (_, expression: string) => {
    const value = values[expression];
    if (value === undefined) throw new Error(`nothing is known of ${expression}`);
    return value;
  });
}

const substituteAll = (record: Record<string, string> | undefined, values: Values): Values =>
  Object.fromEntries(Object.entries(record ?? {}).map(([name, value]) => [name, substitute(value, values)]));

/** Makes a clone that is ready for a release, as in docs/deploying.md. */
function prepare(): void {
  execFileSync('git', ['clone', '--quiet', root, checkout]);
  command('npm', ['version', VERSION, '--no-git-tag-version', '--allow-same-version']);
  const changelog = `${checkout}/CHANGELOG.md`;
  const text = readFileSync(changelog, 'utf8');
  writeFileSync(
    changelog,
    text.replace(/^## /m, `## [${VERSION}]\n\n- A release to try the workflows with.\n\n## `),
  );
  command('git', [
    '-c',
    'user.name=ci',
    '-c',
    'user.email=ci@localhost',
    'commit',
    '--quiet',
    '--all',
    '-m',
    VERSION,
  ]);
  command('git', ['update-ref', 'refs/remotes/origin/main', 'HEAD']);
}

/** Creates a key for signatures, if there is a registry. */
function signingKey(): Values {
  if (REGISTRY === undefined) return {};
  const COSIGN_PASSWORD = 'of-this-run';
  execFileSync('cosign', ['generate-key-pair'], {
    cwd: work,
    stdio: 'ignore',
    env: { ...process.env, COSIGN_PASSWORD },
  });
  return {
    'secrets.COSIGN_PRIVATE_KEY': readFileSync(`${work}/cosign.key`, 'utf8'),
    'secrets.COSIGN_PASSWORD': COSIGN_PASSWORD,
    "secrets.COSIGN_PRIVATE_KEY != ''": 'true',
  };
}

/** Does what later steps need from the used actions: builds images in the engine or the registry. */
function act({ id, uses, with: inputs = {} }: Step, values: Values): void {
  if (uses?.startsWith('docker/metadata-action@')) {
    // The first tag is the deployed one.
    const [tag = ''] = /(?<=type=raw,value=).+/.exec(String(inputs['tags'])) ?? [];
    const images = substitute(String(inputs['images']), values);
    values[`steps.${id ?? ''}.outputs.tags`] = `${images}:${substitute(tag, values)}`;
  }
  if (!uses?.startsWith('docker/build-push-action@')) return;
  const image = substitute(String(inputs['tags']), values);
  const target = substitute(String(inputs['target']), values);
  const args =
    inputs['build-args'] === undefined
      ? []
      : ['--build-arg', substitute(String(inputs['build-args']), values)];
  command('docker', [
    'build',
    '--quiet',
    '--target',
    target,
    ...args,
    '--tag',
    image,
    String(inputs['context']),
  ]);
  if (inputs['push'] !== true) return;
  command('docker', ['push', '--quiet', image]);
  // The action pushes an index with two platforms and attestations.
  command('docker', ['buildx', 'imagetools', 'create', '--tag', image, image]);
  const index = command('docker', [
    'buildx',
    'imagetools',
    'inspect',
    '--format',
    '{{json .Manifest}}',
    image,
  ]);
  values[`steps.${id ?? ''}.outputs.digest`] = (JSON.parse(index) as { digest: string }).digest;
}

/** Runs a step like a runner: with bash, until the first error. @returns whether it succeeded */
function run(title: string, step: Step, env: Values, values: Values): boolean {
  const output = `${work}/output`;
  writeFileSync(output, '');
  console.log(`=== ${title}`);
  const began = Date.now();
  const { status } = spawnSync('bash', ['-e', '-c', substitute(step.run ?? '', values)], {
    cwd: checkout,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env, ...substituteAll(step.env, values), GITHUB_OUTPUT: output },
  });
  for (const line of readFileSync(output, 'utf8').split('\n')) {
    const [name = '', ...value] = line.split('=');
    if (name !== '') values[`steps.${step.id ?? ''}.outputs.${name}`] = value.join('=');
  }
  console.log(
    `--- ${title}: ${status === 0 ? 'ok' : 'FAILED'}, ${Math.round((Date.now() - began) / 1000)} s`,
  );
  return status === 0;
}

function whyNot(job: string, script: string): string | undefined {
  if (PUBLISHES.includes(job) && REGISTRY === undefined) return 'no registry can be had here';
  return SKIPPED_STEPS.find(([beginning]) => script.startsWith(beginning))?.[1];
}

function runJob(job: string, { env, steps = [] }: Job, matrix: Values, known: Values): void {
  const reason = beside && RUN_BY_CI.has(job) ? '.ci/run runs it' : JOBS[job];
  if (reason !== undefined) {
    console.log(`not run: ${[job, ...Object.values(matrix)].join(', ')}: ${reason}`);
    count.left += steps.filter((step) => step.run !== undefined).length;
    return;
  }
  const values = { ...known };
  for (const [name, value] of Object.entries(matrix)) values[`matrix.${name}`] = value;
  if (env?.['IMAGE']?.includes('/') && REGISTRY) {
    env = { ...env, REGISTRY, IMAGE: env['IMAGE'].replace(/^[^/]+/, REGISTRY) };
  }
  let broken = false;
  let environment: Values | undefined;
  for (const step of steps) {
    const script = step.run?.trim();
    const why = whyNot(job, script ?? '');
    if (script === undefined && (why ?? broken) !== false) continue;
    if (script !== undefined && (why !== undefined || broken)) {
      count.left += 1;
      console.log(
        `not run: ${job}: ${step.name ?? script.split('\n')[0] ?? ''}: ${why ?? 'one before it failed'}`,
      );
      continue;
    }
    if (environment === undefined) {
      environment = substituteAll(env, values);
      for (const [name, value] of Object.entries(environment)) values[`env.${name}`] = value;
    }
    if (script === undefined) {
      act(step, values);
      continue;
    }
    const runner = {
      CI: 'true',
      GITHUB_REF_NAME: `v${VERSION}`,
      GITHUB_SHA: values['github.sha'] ?? '',
      GITHUB_STEP_SUMMARY: `${work}/summary`,
      RUNNER_TEMP: work,
    };
    broken = !run(
      `${job}: ${step.name ?? substitute(script, values).split('\n')[0] ?? ''}`,
      step,
      { ...environment, ...runner },
      values,
    );
    count[broken ? 'failed' : 'passed'] += 1;
  }
}

/** The combinations of a job's matrix, one for each run. */
function combinations({ strategy }: Job): Values[] {
  const { command: commands, include } = strategy?.matrix ?? {};
  return commands?.map((each) => ({ command: each })) ?? include ?? [{}];
}

try {
  prepare();
  const known = { 'github.sha': command('git', ['rev-parse', 'HEAD']), 'github.token': '', ...signingKey() };
  appendFileSync(`${work}/summary`, '');
  for (const file of readdirSync(`${checkout}/.github/workflows`).sort()) {
    const text = readFileSync(`${checkout}/.github/workflows/${file}`, 'utf8');
    const { jobs } = parse(text) as { jobs: Record<string, Job> };
    for (const [name, job] of Object.entries(jobs)) {
      for (const matrix of combinations(job)) runJob(`${file} ${name}`, job, matrix, known);
    }
  }
} finally {
  rmSync(work, { recursive: true });
  rmSync(checkout, { recursive: true });
}
console.log(`${count.left} steps did not run here`);
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed === 0 ? 0 : 1;
