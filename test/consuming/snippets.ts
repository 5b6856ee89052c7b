import { readFileSync } from 'node:fs';

export type Language = 'js' | 'python' | 'sh' | 'ts';

const page = readFileSync(new URL('../../docs/consuming.md', import.meta.url), 'utf8');

/** The examples in docs/consuming.md that are marked to be run, in order. */
export function snippets(language: Language): readonly string[] {
  const blocks = page.matchAll(/<!-- run -->\n+```(\w+)\n(.*?)\n```/gs);
  return [...blocks].filter(([, name]) => name === language).map(([, , text = '']) => text);
}
