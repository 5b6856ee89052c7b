import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { IAppProject } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/AppProject';
import { parse } from 'yaml';
import { GIT } from '../repository.ts';
import type { UpdatedImage, UpdateSettings } from './image-updater.ts';
import {
  components,
  environments,
  kustomize,
  kustomizeComponent,
  kustomizeInstallation,
} from './kustomize.ts';
import { all, type Manifest, one } from './manifest.ts';
import { set } from './mistakes/mistake.ts';

const bootstrap = kustomize('argocd/bootstrap');
const apps = kustomize('argocd/apps');
const applications = one(apps, 'ApplicationSet', 'document-gateway');
const project = one(bootstrap, 'AppProject', 'document-gateway');
const root = one(bootstrap, 'Application', 'document-gateway');

const CLUSTER_KINDS = ['Namespace'];
const groupOf = ({ apiVersion }: Manifest): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';

/**
 * The kinds that controllers create for a kind, which the project must allow so that Argo CD shows them and the
 * images of Pods. Without the kinds that Argo CD never watches (`resource.exclusions` in its argocd-cm: Endpoints,
 * EndpointSlice, CertificateRequest).
 */
const CHILDREN: Readonly<Record<string, readonly string[]>> = {
  'apps/Deployment': ['apps/ReplicaSet'],
  'apps/ReplicaSet': ['/Pod'],
  'apps/StatefulSet': ['/Pod', 'apps/ControllerRevision'],
  'apps/DaemonSet': ['/Pod', 'apps/ControllerRevision'],
  'batch/CronJob': ['batch/Job'],
  'batch/Job': ['/Pod'],
  'external-secrets.io/ExternalSecret': ['/Secret'],
};

/** These kinds, as group/kind, and all kinds that controllers create for them. */
function withChildren(kinds: Iterable<string>): Set<string> {
  const found = new Set(kinds);
  for (const kind of found) for (const child of CHILDREN[kind] ?? []) found.add(child);
  return found;
}

const kindOf = (manifest: Manifest): string => `${groupOf(manifest)}/${manifest.kind}`;
const brought = (): Set<string> =>
  new Set(environments.flatMap((environment) => kustomize(`config/overlays/${environment}`)).map(kindOf));

/** Implements the stars of Go's filepath.Match. */
const glob = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replaceAll('*', '[^/]*')}$`).test(text);

/** Whether a project allows an object in its applications. */
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
  it.each(environments)('should admit everything in the overlay %s', (environment) => {
    const refused = kustomize(`config/overlays/${environment}`).filter(
      (manifest) => !admits(project, manifest),
    );
    expect(refused.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([]);
  });

  it('should admit only the kinds of the overlays and those that controllers create for them', () => {
    const { clusterResourceWhitelist = [], namespaceResourceWhitelist = [] } = project.spec;
    const admitted = [...clusterResourceWhitelist, ...namespaceResourceWhitelist];
    expect(admitted.map(({ group, kind }) => `${group}/${kind}`).sort()).toEqual(
      [...withChildren(brought())].sort(),
    );
  });

  it.each([
    ['apps/Deployment', ['apps/Deployment', 'apps/ReplicaSet', '/Pod']],
    ['batch/CronJob', ['batch/CronJob', 'batch/Job', '/Pod']],
  ])('should admit the pods of a %s', (kind, seen) => {
    expect([...withChildren([kind])]).toEqual(seen);
  });

  it.each([
    ['another namespace', set('Service', 'metadata.namespace', 'kube-system')],
    ['a kind that is not listed', set('Service', 'kind', 'Ingress')],
    ['a namespace of somebody else', set('Namespace', 'metadata.name', 'kube-system')],
    ['the same kind of another group', set('Deployment', 'apiVersion', 'example.com/v1')],
  ])('should reject %s', (_, make) => {
    const manifests = kustomize('config/overlays/staging');
    make(manifests);
    expect(manifests.every((manifest) => admits(project, manifest))).toBe(false);
  });

  it('should name one repository, and no wildcard in its destinations', () => {
    expect(project.spec.sourceRepos).toEqual([GIT]);
    expect(JSON.stringify(project.spec.destinations)).not.toContain('*');
  });
});

describe('the project of the applications', () => {
  const own = one(bootstrap, 'AppProject', 'document-gateway-apps');

  it('should admit everything in argocd/apps, and no project', () => {
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
    'should be synced automatically, never emptied, and retried without limit: those %s',
    (_, { syncPolicy, source }) => {
      expect(syncPolicy?.automated).toEqual({ prune: true, selfHeal: true, allowEmpty: false });
      expect(syncPolicy?.syncOptions).toContain('ServerSideApply=true');
      expect(syncPolicy?.retry).toEqual({
        limit: -1,
        refresh: true,
        backoff: { duration: '5s', factor: 2, maxDuration: '30s' },
      });
      expect(source).toMatchObject({
        repoURL: GIT,
        targetRevision: 'main',
      });
    },
  );

  it.each([
    ['of the overlays', template.metadata.annotations],
    ['that leads to them', root.metadata.annotations],
  ])(
    'should use a server-side diff, because only the API server knows the defaults: those %s',
    (_, annotations) => {
      expect(annotations?.['argocd.argoproj.io/compare-options']).toBe('ServerSideDiff=true');
    },
  );

  it('should leave the replicas to the autoscaler, because no manifest sets them', () => {
    expect(template.spec.ignoreDifferences).toBeUndefined();
    expect(template.spec.syncPolicy?.syncOptions).not.toContain('RespectIgnoreDifferences=true');
    for (const environment of environments) {
      const manifests = kustomize(`config/overlays/${environment}`);
      if (all(manifests, 'HorizontalPodAutoscaler').length === 0) continue;
      expect(one(manifests, 'Deployment', 'document-gateway').spec?.replicas).toBeUndefined();
    }
  });

  it('should keep the workloads when the set is deleted, and allow a pause of the sync', () => {
    expect(applications.spec.syncPolicy?.preserveResourcesOnDeletion).toBe(true);
    expect(ignoreApplicationDifferences?.[0]?.jsonPointers).toEqual(['/spec/syncPolicy/automated']);
  });

  it.each(environments)('should have a template of the smoke test, and no Job: %s', (environment) => {
    const manifests = kustomize(`config/overlays/${environment}`);
    expect(manifests.filter(({ kind }) => kind === 'Job')).toEqual([]);
    const { spec } = one(manifests, 'CronJob', 'smoke-test');
    expect(spec.suspend).toBe(true);
    const gateway = one(manifests, 'Deployment', 'document-gateway').spec?.template.spec;
    expect(spec.jobTemplate.spec?.template.spec?.containers[0]?.image).toBe(gateway?.containers[0]?.image);
  });
});

describe('a sync', () => {
  const folders: [string, readonly Manifest[]][] = [
    ...environments.map((name): [string, Manifest[]] => [name, kustomize(`config/overlays/${name}`)]),
    ...components.map((name): [string, Manifest[]] => [name, kustomizeComponent(name)]),
    ['argocd/apps', apps],
  ];

  it.each(folders)('should apply everything at once, without waiting: %s', (_, manifests) => {
    expect(manifests.filter(makesWait).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([]);
  });

  it.each([
    ['a wave', { 'argocd.argoproj.io/sync-wave': '-1' }],
    ['a hook', { 'argocd.argoproj.io/hook': 'PostSync' }],
    ['a hook of Helm', { 'helm.sh/hook': 'post-install' }],
    ['pruning last', { 'argocd.argoproj.io/sync-options': 'Prune=true, PruneLast=true' }],
  ])('should be found to wait with %s', (_, annotations) => {
    expect(makesWait({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', annotations } })).toBe(true);
  });

  it.each([
    ['of the overlays', applications.spec.template.spec],
    ['that leads to them', root.spec],
  ])('should not use PruneLast: in the applications %s', (_, { syncPolicy }) => {
    expect(syncPolicy?.syncOptions).not.toContain('PruneLast=true');
  });

  it('should end after a timeout even when it waits', () => {
    expect(installed('argocd-cmd-params-cm')['controller.sync.timeout.seconds']).toBe('1800');
  });

  it('should start within a minute of a new image: 30 s to see the image, 30 s to see the commit', () => {
    expect(installed('argocd-cm')['timeout.reconciliation']).toBe('30s');
    expect(installed('argocd-image-updater-config')['interval']).toBe('30s');
  });
});

/** Whether an object splits a sync into steps, each of which waits until the one before is healthy. */
function makesWait({ metadata: { annotations = {} } }: Manifest): boolean {
  return Object.entries(annotations).some(
    ([key, value]) =>
      /^(argocd\.argoproj\.io\/(sync-wave|hook)|helm\.sh\/hook)/.test(key) ||
      value.includes('PruneLast=true'),
  );
}

/** The data of a ConfigMap after argocd/install has patched it. */
function installed(name: string): Record<string, string> {
  const [configMap] = kustomizeInstallation([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }]);
  return (configMap as { data?: Record<string, string> } | undefined)?.data ?? {};
}

describe('the notifications', () => {
  const { data = {} } = one(kustomize('argocd/notifications'), 'ConfigMap', 'argocd-notifications-cm');

  it('should use triggers, templates and a service that exist, for every application', () => {
    const [{ recipients, triggers: names, selector }] = parse(data['subscriptions'] ?? '') as [
      { recipients: string[]; triggers: string[]; selector: string },
    ];
    expect(recipients.map((service) => data[`service.webhook.${service}`] !== undefined)).toEqual([true]);
    const [label = '', value] = selector.split('=');
    expect(applications.spec.template.metadata.labels?.[label]).toBe(value);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const [{ send }] = parse(data[`trigger.${name}`] ?? '') as [{ send: string[] }];
      expect(send.map((each) => data[`template.${each}`] !== undefined)).toEqual([true]);
    }
  });

  it('should be enabled by no application itself, and not be part of the bootstrap', () => {
    expect(JSON.stringify([bootstrap, apps])).not.toContain('notifications.argoproj.io');
    expect(bootstrap.filter(({ metadata }) => metadata.name.startsWith('argocd-notifications'))).toEqual([]);
  });

  it.each(['deployed', 'degraded'])(
    'should name all images, also when there are none or several: %s',
    (name) => {
      expect(data[`template.${name}`]).toContain(
        '{{range $i, $image := .app.status.summary.images}}{{if $i}}, {{end}}{{$image}}{{end}}',
      );
    },
  );

  const triggers = Object.entries(data).filter(([key]) => key.startsWith('trigger.'));
  const conditions = triggers.map(([key, value]): [string, { when: string; oncePer?: string }] => [
    key,
    (parse(value) as [{ when: string; oncePer?: string }])[0],
  ]);

  it.each(conditions)('should not be sent for an application that was never synced: %s', (_, { when }) => {
    expect(
      when.includes('operationState.') && !when.startsWith('app.status.operationState != nil and '),
    ).toBe(false);
  });

  it.each(conditions.filter(([, { when }]) => when.includes('operationState')))(
    'should be sent once for each sync, and not for each commit on main: %s',
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
    'should watch every image of the overlay %s, and update it in the kustomization',
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
      ['dev', 'alphabetical'],
      ['staging', 'alphabetical'],
      ['production', 'semver'],
    ]);
  });

  it.each([
    'main',
    'latest',
    '1.2',
    '1',
    'sha-0123456',
    `build-1-${'0'.repeat(40)}`,
    `sha256-${'0'.repeat(64)}`,
    '1.2.3-rc.1',
  ])('should never deploy the tag %s', (tag) => {
    expect(
      spec.applicationRefs.flatMap(({ images }) => images.filter((image) => allows(image, tag))),
    ).toEqual([]);
  });

  it('should commit to the kustomization on the branch that the applications follow', () => {
    expect(spec.writeBackConfig).toMatchObject({
      gitConfig: {
        branch: applications.spec.template.spec.source?.targetRevision,
        writeBackTarget: 'kustomization',
      },
    });
  });

  it('should verify the signature of every image, without exceptions', () => {
    expect(spec.imagesVerification?.enabled).toBe(true);
    const exceptions = spec.applicationRefs.flatMap((each) => [each, ...each.images]);
    expect(exceptions.filter(({ imagesVerification }) => imagesVerification !== undefined)).toEqual([]);
  });
});

describe('the closed project default, which an ApplicationSet could name', () => {
  it('should not be a part of the bootstrap', () => {
    const projects = all(bootstrap, 'AppProject').map(({ metadata }) => metadata.name);
    expect(projects).toEqual(['document-gateway', 'document-gateway-apps']);
  });

  it.each([...environments.map((name) => `config/overlays/${name}`), 'argocd/apps', 'argocd/bootstrap'])(
    'should admit nothing of %s',
    (folder) => {
      const closed = one(kustomize('argocd/close-default'), 'AppProject', 'default');
      expect(kustomize(folder).filter((manifest) => admits(closed, manifest))).toEqual([]);
      expect(closed.spec.sourceRepos).toEqual([]);
    },
  );
});

describe('every object of Argo CD', () => {
  it('should be in its namespace', () => {
    const more = ['close-default', 'monitoring', 'notifications'].flatMap((name) =>
      kustomize(`argocd/${name}`),
    );
    const elsewhere = [...bootstrap, ...apps, ...more].filter(
      ({ metadata }) => metadata.namespace !== 'argocd',
    );
    expect(elsewhere).toEqual([]);
  });

  // The manifests of Image Updater had another namespace in one version, and none in another.
  it.each([{ namespace: 'argocd-image-updater-system' }, {}])(
    'should be installed there when its manifests have %j',
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

  it('should have exact versions', () => {
    const { resources } = parse(
      readFileSync(new URL('../../argocd/install/kustomization.yaml', import.meta.url), 'utf8'),
    ) as { resources: string[] };
    expect(resources).toEqual([
      expect.stringMatching(/^https:\/\/\S+\/argo-cd\/v\d+\.\d+\.\d+\//),
      expect.stringMatching(/^https:\/\/\S+\/argocd-image-updater\/v\d+\.\d+\.\d+\//),
    ]);
  });
});
