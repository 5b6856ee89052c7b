import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { IAppProject } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/AppProject';
import { parse } from 'yaml';
import { GIT } from '../repository.ts';
import type { UpdatedImage, UpdateSettings } from './image-updater.ts';
import { environments, kustomize, kustomizeInstallation } from './kustomize.ts';
import { type Manifest, one } from './manifest.ts';
import { set } from './mistakes/mistake.ts';

const bootstrap = kustomize('argocd/bootstrap');
const apps = kustomize('argocd/apps');
const applications = one(apps, 'ApplicationSet', 'document-gateway');
const project = one(bootstrap, 'AppProject', 'document-gateway');
const root = one(bootstrap, 'Application', 'document-gateway');

const CLUSTER_KINDS = ['Namespace'];
const groupOf = ({ apiVersion }: Manifest): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';

/** A glob of Go's filepath.Match, as far as stars go. */
const glob = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replaceAll('*', '[^/]*')}$`).test(text);

/** Whether a project lets an application bring an object. */
function admits({ spec }: IAppProject, manifest: Manifest): boolean {
  const { kind, metadata } = manifest;
  const isKind = (allowed: { group: string; kind: string }): boolean =>
    allowed.group === groupOf(manifest) && allowed.kind === kind;
  if (CLUSTER_KINDS.includes(kind)) {
    return (
      spec.clusterResourceWhitelist?.some((each) => isKind(each) && glob(each.name ?? '*', metadata.name)) ??
      false
    );
  }
  return (
    (spec.namespaceResourceWhitelist?.some(isKind) ?? false) &&
    (spec.destinations?.some(({ namespace }) => namespace === metadata.namespace) ?? false)
  );
}

describe('the project document-gateway', () => {
  it.each(environments)('should admit everything that the overlay %s brings', (environment) => {
    const refused = kustomize(`config/overlays/${environment}`).filter(
      (manifest) => !admits(project, manifest),
    );
    expect(refused.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([]);
  });

  it('should admit no kind that no overlay brings', () => {
    const brought = new Set(
      environments
        .flatMap((environment) => kustomize(`config/overlays/${environment}`))
        .map((manifest) => `${groupOf(manifest)}/${manifest.kind}`),
    );
    const { clusterResourceWhitelist = [], namespaceResourceWhitelist = [] } = project.spec;
    const admitted = [...clusterResourceWhitelist, ...namespaceResourceWhitelist];
    expect(admitted.map(({ group, kind }) => `${group}/${kind}`).sort()).toEqual([...brought].sort());
  });

  it.each([
    ['another namespace', set('Service', 'metadata.namespace', 'kube-system')],
    ['a kind that is not listed', set('Service', 'kind', 'Ingress')],
    ['a namespace of somebody else', set('Namespace', 'metadata.name', 'kube-system')],
    ['the same kind of another group', set('Deployment', 'apiVersion', 'example.com/v1')],
  ])('should refuse %s', (_, make) => {
    const manifests = kustomize('config/overlays/staging');
    make(manifests);
    expect(manifests.every((manifest) => admits(project, manifest))).toBe(false);
  });

  it('should name one repository and no wildcard', () => {
    expect(project.spec.sourceRepos).toEqual([GIT]);
    expect(JSON.stringify(project.spec.destinations)).not.toContain('*');
  });
});

describe('the project of the applications', () => {
  const own = one(bootstrap, 'AppProject', 'document-gateway-apps');

  it('should admit what argocd/apps brings, and no project', () => {
    expect(apps.every((manifest) => admits(own, manifest))).toBe(true);
    expect(bootstrap.filter((manifest) => admits(own, manifest))).toEqual([]);
  });
});

describe('the applications', () => {
  const { template, generators, ignoreApplicationDifferences } = applications.spec;
  const named = generators.flatMap(({ list }) => (list?.elements ?? []) as { environment: string }[]);

  it('should be one for each overlay, in the namespace of that overlay', () => {
    expect(named.map(({ environment }) => environment).sort()).toEqual([...environments].sort());
    expect(template.spec.source?.path).toBe('config/overlays/{{.environment}}');
    expect(template.spec.destination.namespace).toBe('document-gateway-{{.environment}}');
  });

  it.each([
    ['of the overlays', template.spec],
    ['that leads to them', root.spec],
  ])(
    'should be synced automatically, pruned last and never emptied: those %s',
    (_, { syncPolicy, source }) => {
      expect(syncPolicy?.automated).toEqual({ prune: true, selfHeal: true, allowEmpty: false });
      expect(syncPolicy?.syncOptions).toEqual(
        expect.arrayContaining(['ServerSideApply=true', 'PruneLast=true']),
      );
      expect(syncPolicy?.retry?.limit).toBeGreaterThan(0);
      expect(source).toMatchObject({
        repoURL: GIT,
        targetRevision: 'main',
      });
    },
  );

  it.each([
    ['of the overlays', template.metadata.annotations],
    ['that leads to them', root.metadata.annotations],
  ])('should let the API server say what differs, which knows the defaults: those %s', (_, annotations) => {
    expect(annotations?.['argocd.argoproj.io/compare-options']).toBe('ServerSideDiff=true');
  });

  it('should leave the replicas to the autoscaler', () => {
    expect(template.spec.ignoreDifferences).toEqual([
      { group: 'apps', kind: 'Deployment', name: 'document-gateway', jsonPointers: ['/spec/replicas'] },
    ]);
    expect(template.spec.syncPolicy?.syncOptions).toContain('RespectIgnoreDifferences=true');
  });

  it('should keep what runs when the set is deleted, and let somebody pause the sync', () => {
    expect(applications.spec.syncPolicy?.preserveResourcesOnDeletion).toBe(true);
    expect(ignoreApplicationDifferences?.[0]?.jsonPointers).toEqual(['/spec/syncPolicy/automated']);
  });

  it.each(environments)('should ask for a document after each sync: %s', (environment) => {
    const { metadata } = one(kustomize(`config/overlays/${environment}`), 'Job', 'smoke-test');
    expect(metadata.annotations).toEqual({
      'argocd.argoproj.io/hook': 'PostSync',
      'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
    });
  });

  it('should tell of their syncs through triggers, templates and a service that exist', () => {
    const { data = {} } = one(bootstrap, 'ConfigMap', 'argocd-notifications-cm');
    const subscriptions = Object.keys(template.metadata.annotations ?? {})
      .filter((key) => key.startsWith('notifications.argoproj.io/'))
      .map((key) => key.split('.').slice(-2));
    expect(subscriptions.length).toBeGreaterThan(0);
    for (const [trigger, service] of subscriptions) {
      expect(data[`service.webhook.${service}`]).toBeDefined();
      const [{ send } = { send: [] }] = parse(data[`trigger.${trigger}`] ?? '[]') as { send: string[] }[];
      expect(send.map((name) => data[`template.${name}`] !== undefined)).toEqual([true]);
    }
  });
});

describe('the notifications', () => {
  const { data = {} } = one(bootstrap, 'ConfigMap', 'argocd-notifications-cm');
  const triggers = Object.entries(data).filter(([key]) => key.startsWith('trigger.'));
  const conditions = triggers.map(([key, value]): [string, { when: string; oncePer?: string }] => [
    key,
    (parse(value) as [{ when: string; oncePer?: string }])[0],
  ]);

  it.each(conditions)('should be silent about an application that was never synced: %s', (_, { when }) => {
    expect(
      when.includes('operationState.') && !when.startsWith('app.status.operationState != nil and '),
    ).toBe(false);
  });

  it.each(conditions.filter(([, { when }]) => when.includes('operationState')))(
    'should come once for each sync, and not for each commit on main: %s',
    (_, { oncePer }) => {
      expect(oncePer).toBe('app.status.operationState?.syncResult?.revision');
    },
  );
});

describe('the image updater', () => {
  const { spec } = one(apps, 'ImageUpdater', 'document-gateway');
  const settingsOf = (image: UpdatedImage): UpdateSettings => ({
    ...spec.commonUpdateSettings,
    ...image.commonUpdateSettings,
  });
  const allows = (image: UpdatedImage | undefined, tag: string): boolean =>
    new RegExp((image && settingsOf(image).allowTags?.replace(/^regexp:/, '')) ?? '$^').test(tag);

  it.each(environments)(
    'should watch every image of the overlay %s, and write where it is named',
    (environment) => {
      const reference = spec.applicationRefs.filter(({ namePattern }) =>
        glob(namePattern, `document-gateway-${environment}`),
      );
      const file = readFileSync(
        new URL(`../../config/overlays/${environment}/kustomization.yaml`, import.meta.url),
        'utf8',
      );
      const { images } = parse(file) as { images: { name: string; newName: string; newTag: string }[] };
      const watched = reference.flatMap((each) => each.images);
      expect(
        watched.map(({ imageName, manifestTargets }) => ({
          name: manifestTargets.kustomize.name,
          newName: imageName.replace(/:[^/]*$/, ''),
        })),
      ).toEqual(images.map(({ name, newName }) => ({ name, newName })));
      expect(images.every(({ newTag }, index) => allows(watched[index], newTag))).toBe(true);
    },
  );

  it('should take the newest build of main, and in production the newest release', () => {
    const strategies = spec.applicationRefs.map(({ namePattern, images }) => [
      namePattern.replace('document-gateway-', ''),
      ...new Set(images.map((image) => settingsOf(image).updateStrategy)),
    ]);
    expect(strategies).toEqual([
      ['dev', 'newest-build'],
      ['staging', 'newest-build'],
      ['production', 'semver'],
    ]);
  });

  it.each(['main', 'latest', '1.2', '1', 'sha-0123456', `sha256-${'0'.repeat(64)}`, '1.2.3-rc.1'])(
    'should never deploy the tag %s',
    (tag) => {
      expect(
        spec.applicationRefs.flatMap(({ images }) => images.filter((image) => allows(image, tag))),
      ).toEqual([]);
    },
  );

  it('should commit to the branch that the applications follow, in the kustomization', () => {
    expect(spec.writeBackConfig).toMatchObject({
      gitConfig: {
        branch: applications.spec.template.spec.source?.targetRevision,
        writeBackTarget: 'kustomization',
      },
    });
  });

  it('should verify the signature of every image, without an exception', () => {
    expect(spec.imagesVerification?.enabled).toBe(true);
    const exceptions = spec.applicationRefs.flatMap((each) => [each, ...each.images]);
    expect(exceptions.filter(({ imagesVerification }) => imagesVerification !== undefined)).toEqual([]);
  });
});

describe('the project default, which an ApplicationSet could name', () => {
  it.each([...environments.map((name) => `config/overlays/${name}`), 'argocd/apps', 'argocd/bootstrap'])(
    'should admit nothing of %s',
    (folder) => {
      const closed = one(bootstrap, 'AppProject', 'default');
      expect(kustomize(folder).filter((manifest) => admits(closed, manifest))).toEqual([]);
      expect(closed.spec.sourceRepos).toEqual([]);
    },
  );
});

describe('everything about Argo CD', () => {
  it('should be in its namespace', () => {
    const elsewhere = [...bootstrap, ...apps].filter(({ metadata }) => metadata.namespace !== 'argocd');
    expect(elsewhere).toEqual([]);
  });

  // Those of Image Updater have named another namespace, and none.
  it.each([{ namespace: 'argocd-image-updater-system' }, {}])(
    'should be installed there, though its manifests say %j',
    (elsewhere) => {
      const account = { kind: 'ServiceAccount', name: 'controller', ...elsewhere };
      const rbac = 'rbac.authorization.k8s.io';
      const installed = kustomizeInstallation([
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'controller', ...elsewhere } },
        {
          apiVersion: `${rbac}/v1`,
          kind: 'RoleBinding',
          metadata: { name: 'controller', ...elsewhere },
          roleRef: { apiGroup: rbac, kind: 'Role', name: 'controller' },
          subjects: [account],
        },
      ]);
      expect(installed.map(({ metadata }) => metadata.namespace)).toEqual(['argocd', 'argocd']);
      expect(installed).toContainEqual(
        expect.objectContaining({ subjects: [expect.objectContaining({ namespace: 'argocd' })] }),
      );
    },
  );

  it('should come in versions that do not move', () => {
    const { resources } = parse(
      readFileSync(new URL('../../argocd/install/kustomization.yaml', import.meta.url), 'utf8'),
    ) as { resources: string[] };
    expect(resources).toEqual([
      expect.stringMatching(/^https:\/\/\S+\/argo-cd\/v\d+\.\d+\.\d+\//),
      expect.stringMatching(/^https:\/\/\S+\/argocd-image-updater\/v\d+\.\d+\.\d+\//),
    ]);
  });
});
