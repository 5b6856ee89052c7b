import { execFileSync, spawnSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';

/** What everything was measured on. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly kernel: string;
  readonly node: string;
  /** Undefined where it is not installed. */
  readonly nginx: string | undefined;
}

export function thisMachine(): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    kernel: release(),
    node: process.version,
    // Old ones say it on the standard error.
    nginx: /nginx\/([\d.]+)/.exec(spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr)?.[1],
  };
}

/** The commit that is measured, with a plus when the sources differ from it; undefined outside of a repository. */
export function gitCommit(): string | undefined {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  try {
    return (
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--', 'src') === '' ? '' : '+')
    );
  } catch {
    return undefined;
  }
}
