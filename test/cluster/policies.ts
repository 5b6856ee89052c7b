/**
 * Tests the NetworkPolicies of every overlay on a cluster that enforces them. It tries every connection between the
 * pods that the policies name and other pods, in both directions, first without and then with the policies.
 * test/manifests/flows.ts gives the expected results, so this run tests that file too.
 *
 *   node test/cluster/policies.ts IMAGE      an image on the node whose Node is /nodejs/bin/node
 *
 * It creates the namespaces of the overlays, which must not exist, and deletes them at the end.
 */
import { execFile, type ExecException } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { kustomize, kustomizeOverlay } from '../manifests/kustomize.ts';
import { all, type Manifest } from '../manifests/manifest.ts';
import { type Actor, actorsOf, portNumbers, type Trial, trialsOf, untried } from './trials.ts';

const [image = ''] = process.argv.slice(2);
/** The maximum time until a changed policy is enforced. */
const TIMEOUT_MS = 60_000;
/** The maximum number of concurrent kubectl processes. */
const CONCURRENCY = 6;

/** Components that are in no overlay are added to one. */
const OVERLAYS: readonly Manifest[][] = [
  kustomize('config/overlays/dev'),
  kustomize('config/overlays/plain'),
  kustomizeOverlay('staging', 'tracing'),
  kustomizeOverlay('production', 'valkey'),
];

const LISTEN = `for (const port of JSON.parse(process.argv[1])) require('net').createServer((s) => s.end()).listen(port)
process.on('SIGTERM', () => process.exit(0))`;

/**
 * Prints for each target whether it answers within two seconds: a TCP connection, or a DNS query over UDP for the
 * root.
 */
const ASK = `const net = require('net'), dgram = require('dgram')
const tcp = (to, done) => net.connect(to, () => done(true)).on('error', () => done(false))
const udp = ({ host, port }, done) => {
  const socket = dgram.createSocket('udp4').on('message', () => done(true)).on('error', () => done(false))
  socket.send(Buffer.from('000101000001000000000000' + '0000020001', 'hex'), port, host)
}
const ask = (to) => Promise.race([
  new Promise((done) => (to.protocol === 'UDP' ? udp : tcp)(to, done)),
  new Promise((done) => setTimeout(done, 2000, false)),
])
Promise.all(JSON.parse(process.argv[1]).map(ask)).then((all) => { console.log(JSON.stringify(all)); process.exit() })`;

function kubectl(args: readonly string[], input?: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const done = (error: ExecException | null, stdout: string, stderr: string): void => {
      if (error) reject(new Error(`kubectl ${args.slice(0, 6).join(' ')}: ${stderr}`));
      else resolve(stdout);
    };
    execFile('kubectl', args, { maxBuffer: 64e6 }, done).stdin?.end(input && JSON.stringify(input));
  });
}

const list = (items: readonly object[]): object => ({ apiVersion: 'v1', kind: 'List', items });
const apply = (items: readonly object[]): Promise<string> =>
  kubectl(['apply', '--server-side', '-f', '-'], list(items));
const pathOf = ({ namespace, name }: Actor): string => `${namespace}/${name}`;

/** A pod that listens on every port that the policies of an overlay name. */
function podOf({ name, namespace, labels, ports }: Actor, numbers: readonly number[]): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'actor',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['/nodejs/bin/node', '-e', LISTEN, JSON.stringify(numbers)],
          ports: Object.entries(ports).map(([portName, containerPort]) => ({
            name: portName,
            containerPort,
          })),
          readinessProbe: { tcpSocket: { port: numbers[0] }, periodSeconds: 1 },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  };
}

/** Addresses of pods by namespace and name. The name of DNS is its label. */
async function addresses(): Promise<Map<string, string>> {
  const { items } = JSON.parse(await kubectl(['get', 'pods', '--all-namespaces', '-o', 'json'])) as {
    items: {
      metadata: { namespace: string; name: string; labels?: Record<string, string> };
      status: { podIP?: string };
    }[];
  };
  return new Map(
    items.map(({ metadata: { namespace, name, labels }, status }) => [
      `${namespace}/${labels?.['k8s-app'] ?? name}`,
      status.podIP ?? '',
    ]),
  );
}

/**
 * Tries all connections, and repeats those with wrong results until the timeout. @returns the trials that still have
 * wrong results
 */
async function mismatches(trials: readonly Trial[], hosts: ReadonlyMap<string, string>): Promise<Trial[]> {
  const deadline = Date.now() + TIMEOUT_MS;
  let left = trials;
  for (;;) {
    const groups = [...Map.groupBy(left, ({ from }) => from)];
    const wrong: Trial[] = [];
    const work = async (): Promise<void> => {
      for (let next = groups.pop(); next; next = groups.pop()) {
        const [from, asked] = next;
        const targets = asked.map(({ to, port, protocol }) => ({
          host: hosts.get(pathOf(to)),
          port,
          protocol,
        }));
        const args = ['exec', '-n', from.namespace, from.name, '--', '/nodejs/bin/node', '-e', ASK];
        const answers = JSON.parse(await kubectl([...args, JSON.stringify(targets)])) as boolean[];
        wrong.push(...asked.filter(({ allowed }, index) => answers[index] !== allowed));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    if (wrong.length === 0 || Date.now() > deadline) return wrong;
    left = wrong;
    await sleep(1_000);
  }
}

const words = ({ from, to, port, protocol, allowed }: Trial): string =>
  `${pathOf(from)} to ${pathOf(to)}, ${protocol} ${port}: ${allowed ? 'does not pass, and should' : 'passes, and should not'}`;

const own = OVERLAYS.flatMap((manifests) => all(manifests, 'Namespace'));
const actors = OVERLAYS.flatMap((manifests) =>
  actorsOf(manifests)
    .filter(({ namespace }) => namespace !== 'kube-system')
    .map((each) => ({ each, numbers: portNumbers(manifests).filter((port) => port !== 53) })),
);
const listening = Map.groupBy(actors, ({ each }) => pathOf(each));
const pods = [...listening.values()].map((same) => {
  const [first] = same;
  if (first === undefined) throw new Error('a group is never empty');
  return podOf(first.each, [...new Set(same.flatMap(({ numbers }) => numbers))]);
});
const others = [...new Set(actors.map(({ each }) => each.namespace))].filter(
  (name) => !own.some(({ metadata }) => metadata.name === name),
);
const namespaces = [
  ...own,
  ...others.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
];
const names = namespaces.map(({ metadata }) => metadata.name);

let passed = 0;
let failed = 0;
function report(what: string, count: number, wrong: readonly string[]): void {
  passed += count - wrong.length;
  failed += wrong.length;
  console.log(`${what}: ${count - wrong.length} of ${count}`);
  for (const each of wrong) console.log(`FAILED: ${each}`);
}

try {
  await apply(namespaces);
  await apply(pods);
  for (const name of names)
    await kubectl(['wait', '-n', name, '--for=condition=Ready', 'pods', '--all', '--timeout=180s']);
  const hosts = await addresses();
  const trials = OVERLAYS.map((manifests) => trialsOf(manifests));
  const open = trials.flat().map((trial) => ({ ...trial, allowed: true }));
  report('without policies every connection passes', open.length, (await mismatches(open, hosts)).map(words));
  await apply(OVERLAYS.flatMap((manifests) => all(manifests, 'NetworkPolicy')));
  for (const [index, manifests] of OVERLAYS.entries()) {
    const tried = trials[index] ?? [];
    const name = all(manifests, 'Namespace')[0]?.metadata.name ?? '';
    report(
      `${name}: connections that end as the policies say`,
      tried.length,
      (await mismatches(tried, hosts)).map(words),
    );
    const policies = all(manifests, 'NetworkPolicy').length;
    report(`${name}: policies that a trial depends on`, policies, untried(manifests, tried));
  }
} finally {
  await kubectl(['delete', 'namespace', '--ignore-not-found', '--wait=false', ...names]);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
