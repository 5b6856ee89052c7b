/**
 * Prints what an API server needs before it accepts rendered manifests: their namespaces, and a stand-in
 * CustomResourceDefinition with any fields for every kind outside Kubernetes. `kubectl create` skips objects that
 * exist.
 *
 *   node test/manifests/prerequisites.ts FILE...
 */
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './manifest.ts';

const OWN_GROUPS = new Set(['v1', 'apps', 'autoscaling', 'batch', 'networking.k8s.io', 'policy']);

const manifests = process.argv
  .slice(2)
  .flatMap((file) =>
    parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Manifest),
  );

function standIn(apiVersion: string, kind: string): object {
  const [group = '', version = ''] = apiVersion.split('/');
  const singular = kind.toLowerCase();
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${singular}s.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, a stand-in for checking manifests' },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, singular, plural: `${singular}s` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
}

const foreign = new Map(
  manifests
    .filter(({ apiVersion }) => !OWN_GROUPS.has(apiVersion.split('/')[0] ?? ''))
    .map(({ apiVersion, kind }) => [`${apiVersion} ${kind}`, standIn(apiVersion, kind)]),
);
const items = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } },
  ...manifests.filter(({ kind }) => kind === 'Namespace'),
  ...foreign.values(),
];
console.log(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
