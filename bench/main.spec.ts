import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Run } from './summary.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

describe('the benchmark', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bench-spec-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  async function bench(...args: string[]): Promise<{ code: number | null; output: string }> {
    if (!existsSync(new URL('../dist/main.js', import.meta.url))) throw new Error('the service is not built');
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args]);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output };
  }

  it('should measure the gateway and a proxy, and write the results', async () => {
    const [json, svg] = [join(folder, 'run.json'), join(folder, 'chart.svg')];
    const { code, output } = await bench(
      ...['--rounds', '1', '--seconds', '0.3', '--workload', 'mix', '--workload', 'pdf'],
      ...['--proxy', 'node-http', '--proxy', 'gateway', '--json', json, '--svg', svg],
    );
    expect([code, output]).toEqual([0, expect.stringMatching(/CPU, PDF, deep, all different.*met/)]);
    const run = JSON.parse(readFileSync(json, 'utf8')) as Run;
    const measured = run.samples.map(({ workload, proxy, mode }) => `${workload} ${proxy} ${mode}`);
    expect(measured.toSorted()).toEqual(
      ['mix', 'pdf'].flatMap((workload) =>
        ['gateway', 'node-http'].flatMap((proxy) =>
          ['paced', 'saturated'].map((mode) => `${workload} ${proxy} ${mode}`),
        ),
      ),
    );
    for (const { requests, cpuMicros, p99, residentBytes } of run.samples) {
      expect(requests).toBeGreaterThan(10);
      expect(cpuMicros).toBeGreaterThan(0);
      expect(p99).toBeGreaterThan(0);
      expect(residentBytes).toBeGreaterThan(10e6);
    }
    expect(readFileSync(svg, 'utf8')).toContain('node-http');
  });

  it('should list the workloads when it gets an unknown one', async () => {
    const { code, output } = await bench('--workload', 'gif');
    expect([code, output]).toEqual([1, expect.stringContaining('there is no gif, only mix')]);
  });
});
