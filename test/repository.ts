import { readFileSync } from 'node:fs';

/** A name of config/repository.env, the one place that every test takes it from. */
function nameOf(key: string): string {
  const file = readFileSync(new URL('../config/repository.env', import.meta.url), 'utf8');
  const value = new RegExp(`^${key}=(.+)$`, 'm').exec(file)?.[1];
  if (value === undefined) throw new Error(`config/repository.env has no ${key}`);
  return value;
}

/** The address that Argo CD reads from, and Image Updater writes to. */
export const GIT = nameOf('GIT');

/** The image of the gateway, without a tag. */
export const IMAGE = nameOf('IMAGE');

/** The image of the stand-in upstream, without a tag. */
export const UPSTREAM_IMAGE = `${IMAGE}-upstream`;

/** Where people read the files of `main`: the address of the repository for a browser, and the way from there. */
export const PAGES = `${GIT.replace(/^(?:ssh:\/\/)?git@([^/:]+)(?::\d+)?[/:]/, 'https://$1/').replace(/\.git$/, '')}/blob/main`;
