import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { digestOf, parseKeyFile } from '../../src/auth/key-file.ts';

const SCRIPT = fileURLToPath(new URL('../../hack/new-api-key.sh', import.meta.url));

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('bash', [SCRIPT, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

const KEY = /^[0-9a-f]{64}\n$/;

describe('hack/new-api-key.sh', () => {
  it('should make a key, and an entry that the gateway takes, with its hash alone', () => {
    const expires = '2999-01-31T00:00:00Z';
    const { stdout, stderr } = run('--name', 'acme.Billing-2', '--expires', expires, '--rate', '100/1m');
    expect(stdout).toMatch(KEY);
    const [entry = ''] = /\{"name".*\}/.exec(stderr) ?? [];
    expect([...parseKeyFile(`{"consumers": [${entry}]}`)]).toEqual([
      [
        digestOf(stdout.trim()),
        {
          name: 'acme.Billing-2',
          expiresAt: Date.parse(expires),
          rate: { requests: 100, seconds: 60 },
        },
      ],
    ]);
    expect(stderr).not.toContain(stdout.trim());
  });

  it('should make one that needs no more than a name', () => {
    const { stdout, stderr } = run('--name', 'acme');
    const [entry = ''] = /\{"name".*\}/.exec(stderr) ?? [];
    expect([...parseKeyFile(`{"consumers": [${entry}]}`)]).toEqual([
      [digestOf(stdout.trim()), { name: 'acme' }],
    ]);
  });

  it.each(['dev', 'plain', 'staging', 'production'])(
    'should say how a key gets into API_KEY of %s',
    (environment) => {
      const { stdout, stderr } = run(environment);
      expect(stdout).toMatch(KEY);
      expect(stderr).toContain(stdout.trim());
      expect(stderr).toContain(environment);
    },
  );

  it('should make another key each time', () => {
    expect(run().stdout).not.toBe(run().stdout);
  });

  it.each([
    [['--name', 'ac me']],
    [['--name', '"}']],
    [['--name', 'key-1']],
    [['--name', 'none']],
    [['--name']],
    [['--name', 'acme', '--expires', 'tomorrow']],
    [['--name', 'acme', '--rate', 'much']],
    [['--expires', '2999-01-31T00:00:00Z']],
    [['nowhere']],
    [['../overlays/dev']],
    [['--to', 'nowhere']],
    [['--to']],
  ])('should refuse %j without making a key', (args) => {
    const { status, stdout, stderr } = run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).not.toBe('');
  });

  it('should explain itself', () => {
    const { status, stdout } = run('--help');
    expect(status).toBe(0);
    for (const option of ['--name', '--expires', '--rate']) expect(stdout).toContain(option);
  });
});

it('docs/keys.md should show a file that the gateway takes', () => {
  const page = readFileSync(new URL('../../docs/keys.md', import.meta.url), 'utf8');
  const [, example = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
  expect(new Set(parseKeyFile(example).values()).size).toBe(2);
});
