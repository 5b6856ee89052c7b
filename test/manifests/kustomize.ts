import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments, stringify } from 'yaml';
import type { Manifest } from './manifest.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const rendered = new Map<string, string>();

/** The names of the overlays. */
export const overlays = readdirSync(`${root}config/overlays`);

/** The overlays that Argo CD syncs. People apply `plain` by hand. */
export const environments = overlays.filter((name) => name !== 'plain');

/** The names of the components. */
export const components = readdirSync(`${root}config/components`);

/**
 * Renders a folder of the repository with `kubectl kustomize`. Each call returns a new copy that may be changed.
 *
 * @throws Error with the output of kubectl when it fails
 */
export function kustomize(folder: string): Manifest[] {
  let yaml = rendered.get(folder);
  if (yaml === undefined) {
    yaml = execFileSync('kubectl', ['kustomize', folder], { cwd: root, encoding: 'utf8', maxBuffer: 64e6 });
    rendered.set(folder, yaml);
  }
  return parseAllDocuments(yaml).map((document) => document.toJS() as Manifest);
}

/** Renders the base with one component, without an overlay. */
export function kustomizeComponent(component: string): Manifest[] {
  return inFolder((folder) => {
    const path = (target: string): string => relative(folder, realpathSync(`${root}config/${target}`));
    return { resources: [path('base')], components: [path(`components/${component}`)] };
  });
}

/** Renders an overlay with one more component and more fields in its kustomization. */
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

/** Renders argocd/install with these manifests in place of those that it downloads. */
export function kustomizeInstallation(manifests: readonly object[]): Manifest[] {
  const kustomization = readFileSync(`${root}argocd/install/kustomization.yaml`, 'utf8');
  return inFolder((folder) => {
    writeFileSync(`${folder}/install.yaml`, manifests.map((each) => stringify(each)).join('---\n'));
    return { ...(parse(kustomization) as object), resources: ['install.yaml'] };
  });
}

/** Renders a kustomization in a temporary folder. */
function inFolder(make: (folder: string) => object): Manifest[] {
  const folder = mkdtempSync(`${realpathSync(tmpdir())}/kustomization-`);
  try {
    writeFileSync(`${folder}/kustomization.yaml`, stringify(make(folder)));
    return kustomize(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
