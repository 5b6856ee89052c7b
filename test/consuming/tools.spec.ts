import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Gateway, startGateway } from '../e2e/harness.ts';
import { runAgainst } from './run.ts';
import { snippets } from './snippets.ts';

let gateway: Gateway;
let folder: string;

beforeAll(async () => {
  gateway = await startGateway();
  folder = mkdtempSync(join(tmpdir(), 'document-gateway-'));
});

afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

describe('the examples with curl', () => {
  const run = (index: number): Promise<string> =>
    runAgainst(gateway, 'bash', ['-euo', 'pipefail', '-c', snippets('sh')[index] ?? 'exit 1'], folder);

  it('should save a document under the name that it has', async () => {
    expect(await run(0)).toMatch(/^1\.(pdf|png)\n$/);
  });

  it('should get it again only when it is another', async () => {
    expect(await run(1)).toMatch(/^(200|304)\n$/);
  });

  it('should be all that there are', () => {
    expect(snippets('sh')).toHaveLength(2);
  });
});

describe('the example in Python', () => {
  it('should fetch a document', async () => {
    expect(snippets('python')).toHaveLength(1);
    expect(await runAgainst(gateway, 'python3', ['-c', snippets('python').join('')], folder)).toMatch(
      /^(application\/pdf 13000|image\/png 48000)\n$/,
    );
  });
});
