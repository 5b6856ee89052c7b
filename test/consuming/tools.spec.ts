import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Gateway, startGateway } from '../e2e/harness.ts';
import { runAgainst, runBesideFailure } from './run.ts';
import { snippets } from './snippets.ts';

let gateway: Gateway;
let folder: string;

beforeAll(async () => {
  gateway = await startGateway({ MAX_ATTEMPTS: '1' });
  folder = mkdtempSync(join(tmpdir(), 'document-gateway-'));
});

afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

const bash = (index: number): readonly string[] => [
  '-euo',
  'pipefail',
  '-c',
  snippets('sh')[index] ?? 'exit 1',
];

describe('the examples with curl', () => {
  it('should save a document under its own name, after a failure too', async () => {
    expect(await runBesideFailure(gateway, 'bash', bash(0), folder)).toMatch(/^1\.(pdf|png)\n$/);
  });

  it('should save it again where there is one already', async () => {
    expect(await runBesideFailure(gateway, 'bash', bash(0), folder)).toMatch(/^(1\.(pdf|png)\n){1,2}$/);
  });

  it('should show what is wrong', async () => {
    expect(JSON.parse(await runAgainst(gateway, 'bash', bash(1), folder))).toMatchObject({ status: 400 });
  });

  it('should fetch a document again only when it has changed', async () => {
    expect(await runBesideFailure(gateway, 'bash', bash(2), folder)).toMatch(/^(200|304)\n$/);
  });

  it('should be all that there are', () => {
    expect(snippets('sh')).toHaveLength(3);
  });
});

describe('the example in Python', () => {
  it('should fetch a document, after a failure too', async () => {
    expect(snippets('python')).toHaveLength(1);
    expect(await runBesideFailure(gateway, 'python3', ['-c', snippets('python').join('')], folder)).toMatch(
      /^(application\/pdf 13000|image\/png 48000)\n$/,
    );
  });
});
