import { existsSync, readFileSync } from 'node:fs';
import type { Documents } from './documents.ts';
import { makeJpeg } from './jpeg.ts';

const samples = new URL('../../../shared/samples/', import.meta.url);

/**
 * The documents of the real upstream, if they are beside the repository. They may not be published. It has no JPEG.
 */
export function realDocuments(): Documents | undefined {
  if (!existsSync(samples)) return undefined;
  const sample = (name: string): Buffer => readFileSync(new URL(name, samples));
  return {
    png: sample('dummy.png'),
    pdf: sample('dummy.pdf'),
    jpeg: makeJpeg(),
    damaged: sample('corrupt-dummy.pdf'),
  };
}
