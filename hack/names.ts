import { readFileSync } from 'node:fs';

/** The names that depend on the repository. */
export interface Names {
  /** The address that Argo CD reads and Image Updater writes. */
  readonly git: string;
  /** The image of the gateway without a tag: the host of a registry, a slash, and a path in lower case. */
  readonly image: string;
}

/** The file with the names of this repository. */
export const NAMES_FILE = 'config/repository.env';

/**
 * Reads the names of this repository.
 *
 * @throws Error when one is missing
 */
export function currentNames(): Names {
  const file = readFileSync(new URL(`../${NAMES_FILE}`, import.meta.url), 'utf8');
  const valueOf = (key: string): string => {
    const value = new RegExp(`^${key}=(.+)$`, 'm').exec(file)?.[1];
    if (value === undefined) throw new Error(`${NAMES_FILE} has no ${key}`);
    return value;
  };
  return { git: valueOf('GIT'), image: valueOf('IMAGE') };
}

/** The address of a repository for a browser: `git@HOST:PATH.git` and `ssh://git@HOST:22/PATH.git` are `https://HOST/PATH`. */
export function webAddressOf(git: string): string {
  return git
    .replace(/^ssh:\/\/[^@/]+@([^/:]+)(?::\d+)?\//, 'https://$1/')
    .replace(/^[^@/]+@([^/:]+):/, 'https://$1/')
    .replace(/\.git$/, '');
}

const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const HOST = /^(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?=:))(?::\d{1,5})?$/;
const GIT =
  /^(?:https:\/\/|ssh:\/\/[\w.-]+@|[\w.-]+@(?=[\w.-]+:[^/]))[\w.-]+(?::\d{1,5}(?=\/))?[/:][\w.~/-]*[\w-]$/;

/**
 * Computes the names from the arguments of hack/adopt.sh.
 *
 * @throws Error that names the invalid argument and the reason
 */
export function namesFrom(repository: string, registry?: string, git?: string): Names {
  if (!/^[A-Za-z0-9][\w-]*\/[\w.-]*[\w-]$/.test(repository) || repository.endsWith('.git')) {
    throw new Error(`${repository} is not OWNER/REPOSITORY, as in the address of the repository`);
  }
  const image = (registry ?? `ghcr.io/${repository}`).toLowerCase();
  const [host = '', ...path] = image.split('/');
  if (!HOST.test(host) || path.length === 0 || !path.every((component) => COMPONENT.test(component))) {
    throw new Error(
      `${image} is not the name of an image: HOST/PATH, without https:// and without a tag; a part of the path is letters and ` +
        'digits, with a dot, dashes or an underscore between them. --registry sets it',
    );
  }
  const address = git ?? `https://github.com/${repository}.git`;
  if (!GIT.test(address)) {
    throw new Error(
      `${address} is not an address that Argo CD and Image Updater can both use: https://HOST/PATH, ssh://USER@HOST/PATH or ` +
        'USER@HOST:PATH, without a password',
    );
  }
  return { git: address, image };
}
