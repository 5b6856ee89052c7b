import { readFileSync } from 'node:fs';
import * as z from 'zod';

/** The path is the same from src and from dist. */
const manifest = new URL('../../package.json', import.meta.url);

const { name, version } = z
  .object({ name: z.string(), version: z.string() })
  .parse(JSON.parse(readFileSync(manifest, 'utf8')));

/** The running build. `commit` is GIT_COMMIT, which the image sets. */
export const buildInfo = { name, version, commit: process.env['GIT_COMMIT'] ?? 'unknown' } as const;
