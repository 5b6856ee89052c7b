import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The manifest stands one folder above both the sources and what they are compiled to. */
const manifest = new URL('../../package.json', import.meta.url);

const { name, version } = z
  .object({ name: z.string(), version: z.string() })
  .parse(JSON.parse(readFileSync(manifest, 'utf8')));

/** What is running: `commit` is the one that the image was built from, when GIT_COMMIT tells. */
export const buildInfo = { name, version, commit: process.env['GIT_COMMIT'] ?? 'unknown' } as const;
