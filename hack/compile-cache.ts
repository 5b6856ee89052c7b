/**
 * Starts the bundled service once and stops it. Node stores the code that it compiles in FOLDER, where the same Node and user
 * find it by NODE_COMPILE_CACHE. Used while the image is built.
 *
 *   node hack/compile-cache.ts FOLDER
 */
import { spawn } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('which folder?');
const service = spawn(process.execPath, ['--import', './dist/bundle/register.js', 'dist/bundle/main.js'], {
  env: {
    NODE_COMPILE_CACHE: folder,
    API_KEY: 'not-a-key-that-opens-anything',
    PORT: '0',
    DRAIN_DELAY_MS: '0',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
service.stdout.on('data', (lines: Buffer) => {
  if (String(lines).includes('listening')) service.kill('SIGTERM');
});
service.once('exit', (code) => {
  process.exitCode = code ?? 1;
  // Readable for any owner in the image.
  for (const path of readdirSync(folder, { recursive: true })) chmodSync(join(folder, String(path)), 0o755);
});
