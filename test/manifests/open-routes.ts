import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/**
 * Starts the built service and requests each path like a probe, without a key.
 *
 * @returns the paths with status 200, or 503, because there is no upstream
 */
export async function openRoutes(paths: Iterable<string>): Promise<ReadonlySet<string>> {
  const settings = { API_KEY: 'a-key-for-tests-only', HOST: '127.0.0.1', PORT: '0', DRAIN_DELAY_MS: '0' };
  const service = spawn(process.execPath, [MAIN], {
    env: { ...settings, PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const origin = await address(createInterface({ input: service.stdout }));
    const open = new Set<string>();
    for (const path of new Set(paths)) {
      const { status } = await fetch(origin + path);
      if (status === 200 || status === 503) open.add(path);
    }
    return open;
  } finally {
    const ended = once(service, 'exit');
    service.kill('SIGTERM');
    await ended;
  }
}

/** Reads the address from the log line `listening`. */
async function address(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) {
    const { msg, url } = JSON.parse(line) as { msg: string; url?: string };
    if (msg === 'listening' && url !== undefined) return url;
  }
  throw new Error('the service ended before it listened');
}
