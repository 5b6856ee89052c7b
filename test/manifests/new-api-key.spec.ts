import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ClusterSecretStore } from '@kubernetes-models/external-secrets/external-secrets.io/v1/ClusterSecretStore';
import { parse } from 'yaml';
import { digestOf, parseKeyFile } from '../../src/auth/key-file.ts';
import { environments, kustomize } from './kustomize.ts';

const SCRIPT = fileURLToPath(new URL('../../hack/new-api-key.sh', import.meta.url));
const KEY = /^[0-9a-f]{64}\n$/;

/** A stand-in for Secrets Manager with one secret, in the file `secret`. It fails if the file `broken` exists. */
const AWS = `#!/bin/bash
cd "$(dirname "$0")"
[ ! -e broken ] || { echo 'Could not connect to the endpoint URL' >&2; exit 255; }
arguments="$*"
value=\${arguments##*--secret-string }
[ "$value" != file:///dev/stdin ] || value=$(cat)
case $2 in
  get-secret-value) cat secret 2>/dev/null || { echo 'An error occurred (ResourceNotFoundException)' >&2; exit 254; } ;;
  put-secret-value) [ -e secret ] || exit 254; printf %s "$value" >secret ;;
  create-secret) [ ! -e secret ] || exit 254; printf %s "$value" >secret ;;
esac
`;

/**
 * A stand-in for a cluster with one Secret, in the file `secret` in the format of the API server. Its namespace
 * exists if the file `namespace` does.
 */
const KUBECTL = `#!/bin/bash
cd "$(dirname "$0")"
case "$*" in
  'get namespace'*) [ -e namespace ] ;;
  'create namespace'*) touch namespace ;;
  *'get secret'*) [ ! -e secret ] || cat secret ;;
  *'create -f -'*) [ ! -e secret ] && jq '{metadata: {resourceVersion: "1"}, data: .stringData | map_values(@base64)}' >new && mv new secret ;;
  *'patch secret'*)
    cat >patch
    [ "$(jq .metadata.resourceVersion patch)" = "$(jq .metadata.resourceVersion secret)" ] || exit 1
    jq --slurpfile patch patch '.data += ($patch[0].stringData | map_values(@base64))' secret >new && mv new secret ;;
esac
`;

describe('hack/new-api-key.sh --to', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(`${tmpdir()}/new api key-`);
    writeFileSync(`${folder}/aws`, AWS, { mode: 0o755 });
    writeFileSync(`${folder}/kubectl`, KUBECTL, { mode: 0o755 });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function shell(command: string): { status: number | null; stdout: string; stderr: string } {
    const { status, stdout, stderr } = spawnSync('bash', ['-c', command, SCRIPT], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` },
    });
    return { status, stdout, stderr };
  }
  const add = (args: string): ReturnType<typeof shell> => shell(`"$0" ${args}`);

  type Secret = Record<string, string>;
  const decoded = (data: Secret): Secret =>
    Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );
  const encoded = (data: Secret): Secret =>
    Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    );

  /** The two places for keys, each with an overlay that uses it. */
  const places = [
    {
      to: 'aws',
      overlay: 'production',
      store: (secret: Secret) => JSON.stringify(secret),
      stored: (text: string) => JSON.parse(text) as Secret,
    },
    {
      to: 'kubernetes',
      overlay: 'plain',
      store: (secret: Secret) =>
        JSON.stringify({ metadata: { resourceVersion: '7' }, data: encoded(secret) }),
      stored: (text: string) => decoded((JSON.parse(text) as { data: Secret }).data),
    },
  ];

  describe.each(places)('$to', ({ to, overlay, store, stored }) => {
    const put = (secret: Secret): void => {
      writeFileSync(`${folder}/secret`, store(secret));
    };
    const got = (): Secret => stored(readFileSync(`${folder}/secret`, 'utf8'));

    it('should create the secret with the first key', () => {
      const { status, stdout } = add(`--to ${to} ${overlay}`);
      expect(status).toBe(0);
      expect(stdout).toMatch(KEY);
      expect(got()).toEqual({ API_KEY: stdout.trim() });
    });

    it('should add a key, and keep everything else', () => {
      put({ API_KEY: 'old-key', REDIS_URL: 'redis://a', API_KEYS_FILE: '{"consumers":[]}' });
      const { stdout } = add(`--to ${to} ${overlay}`);
      expect(got()).toEqual({
        API_KEY: `old-key,${stdout.trim()}`,
        REDIS_URL: 'redis://a',
        API_KEYS_FILE: '{"consumers":[]}',
      });
    });

    it('should create the file of keys with the first consumer, and keep everything else', () => {
      put({ API_KEY: 'old-key' });
      const { stdout } = add(`--to ${to} --name acme --rate 5/1s ${overlay}`);
      const { API_KEY, API_KEYS_FILE = '' } = got();
      expect(API_KEY).toBe('old-key');
      expect([...parseKeyFile(API_KEYS_FILE)]).toEqual([
        [digestOf(stdout.trim()), { name: 'acme', rate: { requests: 5, seconds: 1 } }],
      ]);
    });

    it('should add a second key to a consumer, and keep the others', () => {
      const keys = ['acme', 'shop', 'acme'].map((name) =>
        add(`--to ${to} --name ${name} ${overlay}`).stdout.trim(),
      );
      expect(
        [...parseKeyFile(got()['API_KEYS_FILE'] ?? '')].map(([digest, { name }]) => [digest, name]).sort(),
      ).toEqual(keys.map((key, index) => [digestOf(key), ['acme', 'shop', 'acme'][index]]).sort());
    });

    it('should print no key and change nothing when the secret has another format', () => {
      put({ API_KEYS_FILE: 'not JSON' });
      const { status, stdout } = add(`--to ${to} --name acme ${overlay}`);
      expect([status, stdout, got()]).toEqual([expect.any(Number), '', { API_KEYS_FILE: 'not JSON' }]);
      expect(status).not.toBe(0);
    });
  });

  it('should fail when Secrets Manager cannot be reached, and create no secret', () => {
    writeFileSync(`${folder}/broken`, '');
    const { status, stdout, stderr } = add('--to aws production');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('Could not connect');
    expect(existsSync(`${folder}/secret`)).toBe(false);
  });

  it.each(['--to kubernetes production', '--to kubernetes dev', '--to aws dev'])(
    'should reject %s, whose keys are in another place',
    (args) => {
      expect(add(args)).toMatchObject({ status: 1, stdout: '' });
      expect(existsSync(`${folder}/secret`)).toBe(false);
    },
  );

  it('should not change a Secret that External Secrets manages', () => {
    const secret = JSON.stringify({ metadata: { ownerReferences: [{ kind: 'ExternalSecret' }] }, data: {} });
    writeFileSync(`${folder}/secret`, secret);
    expect(add('--to kubernetes plain')).toMatchObject({ status: 1, stdout: '' });
    expect(readFileSync(`${folder}/secret`, 'utf8')).toBe(secret);
  });

  it('should print commands that create the secret or keep the rest of it when --to is missing', () => {
    const { stdout, stderr } = add('production');
    const merge = /^ {2}secret=.*?"$/ms.exec(stderr)?.[0] ?? '';
    const make = /^ {2}aws secretsmanager create-secret .*$/m.exec(stderr)?.[0] ?? '';
    expect(shell(merge).status).not.toBe(0);
    expect(shell(make).status).toBe(0);
    expect(readFileSync(`${folder}/secret`, 'utf8')).toBe(`{"API_KEY":"${stdout.trim()}"}`);
    writeFileSync(`${folder}/secret`, '{"API_KEY":"old-key","REDIS_URL":"redis://a"}');
    expect(shell(merge).status).toBe(0);
    expect(JSON.parse(readFileSync(`${folder}/secret`, 'utf8'))).toEqual({
      API_KEY: `old-key,${stdout.trim()}`,
      REDIS_URL: 'redis://a',
    });
  });
});

it('docs/deploying.md should show a valid ClusterSecretStore for the overlays with an ExternalSecret', () => {
  const page = readFileSync(new URL('../../docs/deploying.md', import.meta.url), 'utf8');
  const [, text = ''] = /```yaml\n([^`]*kind: ClusterSecretStore\n[^`]*)```/.exec(page) ?? [];
  const store = new ClusterSecretStore(parse(text) as ConstructorParameters<typeof ClusterSecretStore>[0]);
  expect(() => store.validate()).not.toThrow();
  const asking = environments.filter((name) =>
    kustomize(`config/overlays/${name}`).some(({ kind }) => kind === 'ExternalSecret'),
  );
  expect(store.metadata?.name).toBe('document-gateway');
  expect(store.spec?.conditions?.[0]?.namespaces?.toSorted()).toEqual(
    asking.map((name) => `document-gateway-${name}`).sort(),
  );
});
