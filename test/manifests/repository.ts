import { kustomize } from './kustomize.ts';
import { all } from './manifest.ts';

/** `owner/name` on GitHub: the one repository that the project `document-gateway` takes manifests from. */
export function repositoryOf(manifests = kustomize('argocd/bootstrap')): string {
  const project = all(manifests, 'AppProject').find(({ metadata }) => metadata.name === 'document-gateway');
  const [url = ''] = project?.spec.sourceRepos ?? [];
  const repository = /^https:\/\/github\.com\/([\w.-]+\/[\w.-]+)\.git$/.exec(url)?.[1];
  if (repository === undefined) throw new Error(`${url} is no repository on GitHub`);
  return repository;
}
