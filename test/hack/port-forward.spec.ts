import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../eventually.ts';

const SCRIPT = fileURLToPath(new URL('../../hack/port-forward.sh', import.meta.url));

/** A cluster is a folder: its `pods`, `grafana` if it exists, and `refused` for failing forwards. */
const KUBECTL = `#!/bin/bash
cd "$(dirname "$0")"
case "$*" in
  *'get pods'*) cat pods ;;
  *'get service'*) cat grafana 2>/dev/null ;;
  *port-forward*)
    echo "$*" >>forwards
    [ ! -e refused ] || { cat refused >&2; exit 1; }
    exec sleep 600 ;;
esac
`;

let folder: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/port forward-`);
  writeFileSync(`${folder}/kubectl`, KUBECTL, { mode: 0o755 });
  writeFileSync(`${folder}/forwards`, '');
});

afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill();
    await once(child, 'close');
  }
  rmSync(folder, { recursive: true });
});

const forwards = (): string[] => readFileSync(`${folder}/forwards`, 'utf8').split('\n').filter(Boolean);

const DEADLINE_MS = 30_000;

/** Runs the script with these pods in the cluster. */
function start(
  pods: readonly string[],
  ...args: string[]
): { stdout: Promise<string>; stderr: Promise<string>; status: Promise<unknown[]> } {
  writeFileSync(`${folder}/pods`, pods.map((pod) => `${pod}\n`).join(''));
  const started = spawn('bash', [SCRIPT, ...args], {
    env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}`, PORT: '5001' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child = started;
  return { stdout: text(started.stdout), stderr: text(started.stderr), status: once(started, 'close') };
}

const READY = 'gateway-a|Running|True|';
const CRASHING = 'gateway-b|Running|False|CrashLoopBackOff';

describe('hack/port-forward.sh', () => {
  it('should lead to the Service, and to Grafana where there is one', async () => {
    writeFileSync(`${folder}/grafana`, 'kube-prometheus-stack-grafana');
    const { stderr, stdout } = start([READY], 'staging');
    await eventually(() => {
      expect(forwards().sort()).toEqual([
        '-n document-gateway-staging port-forward service/document-gateway 5001:80',
        '-n monitoring port-forward service/kube-prometheus-stack-grafana 3000:80',
      ]);
    }, DEADLINE_MS);
    child?.kill();
    expect(await stderr).toBe('');
    expect(await stdout).toContain('http://localhost:5001/1');
  });

  it('should list the pods that are not ready, without waiting', async () => {
    const { stderr } = start([READY, CRASHING]);
    await eventually(() => {
      expect(forwards()).toHaveLength(1);
    }, DEADLINE_MS);
    child?.kill();
    expect(await stderr).toBe(
      'gateway-b is not ready (Running, CrashLoopBackOff): kubectl -n document-gateway-dev describe pod gateway-b\n',
    );
  });

  it.each([[['dev', 'gateway-b']], [['pod/gateway-b']]])(
    'should lead to one pod, ready or not: %j',
    async (args) => {
      start([READY, CRASHING], ...args);
      await eventually(() => {
        expect(forwards()).toEqual(['-n document-gateway-dev port-forward pod/gateway-b 5001:5000']);
      });
    },
  );

  it('should try again when a forward ends, and say why once', async () => {
    writeFileSync(`${folder}/refused`, 'error: the pod is not running\n');
    const { stderr } = start([READY]);
    await eventually(() => {
      expect(forwards().length).toBeGreaterThan(2);
    }, DEADLINE_MS);
    child?.kill();
    expect(await stderr).toBe('error: the pod is not running\n');
  });

  it.each([
    [[], [], 'There is no pod of the gateway in document-gateway-dev'],
    [[READY], ['gateway-z'], 'gateway-a'],
    [[READY], ['dev', 'gateway-a', 'more'], 'hack/port-forward.sh'],
    [[READY], ['--force'], 'hack/port-forward.sh'],
  ])('should end where there is nothing to lead to: %j %j', async (pods, args, words) => {
    const { stderr, status } = start(pods, ...args);
    const [code] = await status;
    expect(code).not.toBe(0);
    expect(await stderr).toContain(words);
    expect(forwards()).toEqual([]);
  });
});
