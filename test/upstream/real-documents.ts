import { existsSync, readFileSync } from 'node:fs';
import type { Documents } from './documents.ts';
import { makeJpeg } from './jpeg.ts';

const samples = new URL('../../../shared/samples/', import.meta.url);

/** What the real store serves, where it lies beside the repository: it is not ours to publish. It has no JPEG. */
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
