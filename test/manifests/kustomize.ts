import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments, stringify } from 'yaml';
import type { Manifest } from './manifest.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const rendered = new Map<string, string>();

/** The folders with overlays, by name. */
export const overlays = readdirSync(`${root}config/overlays`);

/** The overlays that Argo CD syncs. People apply `plain`. */
export const environments = overlays.filter((name) => name !== 'plain');

/** The folders with components, by name. */
export const components = readdirSync(`${root}config/components`);

/**
 * What `kubectl kustomize` makes of a folder of the repository. Everybody gets a copy, to change at will.
 *
 * @throws Error with what kubectl said when it cannot be rendered
 */
export function kustomize(folder: string): Manifest[] {
  let yaml = rendered.get(folder);
  if (yaml === undefined) {
    yaml = execFileSync('kubectl', ['kustomize', folder], { cwd: root, encoding: 'utf8', maxBuffer: 64e6 });
    rendered.set(folder, yaml);
  }
  return parseAllDocuments(yaml).map((document) => document.toJS() as Manifest);
}

/** What becomes of the base with one component, and no overlay. */
export function kustomizeComponent(component: string): Manifest[] {
  return inFolder((folder) => {
    const path = (target: string): string => relative(folder, realpathSync(`${root}config/${target}`));
    return { resources: [path('base')], components: [path(`components/${component}`)] };
  });
}

/** What becomes of an overlay that takes in one more component, and says more in its kustomization. */
export function kustomizeOverlay(environment: string, component?: string, more: object = {}): Manifest[] {
  const overlay = `${root}config/overlays/${environment}/`;
  const kustomization = parse(readFileSync(`${overlay}kustomization.yaml`, 'utf8')) as {
    resources: string[];
    components: string[];
  };
  return inFolder((folder) => {
    const path = (target: string): string => relative(folder, realpathSync(overlay + target));
    const added = component === undefined ? [] : [`../../components/${component}`];
    const components = [...kustomization.components, ...added];
    return {
      ...kustomization,
      ...more,
      resources: kustomization.resources.map(path),
      components: components.map(path),
    };
  });
}

/** What argocd/install makes of manifests, in place of those that it fetches. */
export function kustomizeInstallation(manifests: readonly object[]): Manifest[] {
  const kustomization = readFileSync(`${root}argocd/install/kustomization.yaml`, 'utf8');
  return inFolder((folder) => {
    writeFileSync(`${folder}/install.yaml`, manifests.map((each) => stringify(each)).join('---\n'));
    return { ...(parse(kustomization) as object), resources: ['install.yaml'] };
  });
}

/** Renders a kustomization in a folder that is there for it alone. */
function inFolder(make: (folder: string) => object): Manifest[] {
  const folder = mkdtempSync(`${realpathSync(tmpdir())}/kustomization-`);
  try {
    writeFileSync(`${folder}/kustomization.yaml`, stringify(make(folder)));
    return kustomize(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
