import { describe, expect, it } from '@jest/globals';
import { crdErrors, crdValidators } from './crd.ts';
import { components, kustomize, kustomizeComponent, overlays } from './kustomize.ts';
import type { Manifest } from './manifest.ts';
import { set, unset } from './mistakes/mistake.ts';
import { schemaErrors } from './models.ts';
import { fieldErrors } from './strict.ts';

const folders = [
  ...overlays.map((name) => `config/overlays/${name}`),
  'config/base',
  'argocd/apps',
  'argocd/bootstrap',
  'argocd/close-default',
  'argocd/monitoring',
  'argocd/notifications',
];

/** The errors of the three kinds of checks, each with its object. */
function errors(manifests: readonly Manifest[]): string[] {
  const fields = fieldErrors(manifests);
  return manifests.flatMap((manifest, index) =>
    [...(fields[index] ?? []), ...schemaErrors(manifest), ...crdErrors(manifest)].map(
      (error) => `${manifest.kind} ${manifest.metadata.name}: ${error}`,
    ),
  );
}

describe.each(folders)('%s', (folder) => {
  it('should render only valid objects, without unknown fields', () => {
    expect(errors(kustomize(folder))).toEqual([]);
  });
});

describe.each(components)('the component %s', (component) => {
  it('should do the same with only the base', () => {
    expect(errors(kustomizeComponent(component))).toEqual([]);
  });
});

const STAGING = 'config/overlays/staging';

describe('the check of schemas', () => {
  it.each([
    ['an unknown field', STAGING, set('Deployment', 'spec.template.spec.containers.0.readinesProbe', {})],
    [
      'an unknown field deep in a list',
      STAGING,
      set('NetworkPolicy dns', 'spec.egress.0.to.0.podselector', {}),
    ],
    ['a string for a number', STAGING, set('Deployment', 'spec.minReadySeconds', '5')],
    ['a missing field', STAGING, unset('Deployment', 'spec.selector')],
    ['an unknown field of the operator', STAGING, set('ServiceMonitor', 'spec.endpoints.0.intervall', '15s')],
    ['a malformed duration', STAGING, set('ServiceMonitor', 'spec.endpoints.0.interval', 'often')],
    ['an unknown field of a route', STAGING, set('HTTPRoute', 'spec.rules.0.timeout', '15s')],
    [
      'a kind of match that does not exist',
      STAGING,
      set('HTTPRoute', 'spec.rules.0.matches.0.path.type', 'Regex'),
    ],
    [
      'a version that is no longer served',
      STAGING,
      set('HorizontalPodAutoscaler', 'apiVersion', 'autoscaling/v2beta2'),
    ],
    ['a kind that nobody knows', STAGING, set('Service', 'kind', 'Servise')],
    [
      'an unknown field of Argo CD',
      'argocd/apps',
      set('ApplicationSet', 'spec.template.spec.syncPolicy.automated.allowempty', false),
    ],
    [
      'an unknown field of the image updater',
      'argocd/apps',
      set('ImageUpdater', 'spec.applicationRefs.0.images.0.tag', '1'),
    ],
    [
      'an alias that the image updater refuses',
      'argocd/apps',
      set('ImageUpdater', 'spec.writeBackConfig.method', 'github'),
    ],
  ])('should find %s', (_, folder, make) => {
    const manifests = kustomize(folder);
    make(manifests);
    expect(errors(manifests)).not.toEqual([]);
  });
});

// The published CRDs are not a part of the repository.
if (crdValidators.size > 0) {
  describe('the published CustomResourceDefinitions', () => {
    it.each(['AppProject', 'Application', 'ApplicationSet', 'ImageUpdater'])(
      'should include the %s',
      (kind) => {
        const used = [...kustomize('argocd/apps'), ...kustomize('argocd/bootstrap')].filter(
          (each) => each.kind === kind,
        );
        expect(used.map((each) => crdValidators.has(`${each.apiVersion} ${kind}`))).toContain(true);
      },
    );

    it('should find a field that the ImageUpdater does not have', () => {
      const manifests = kustomize('argocd/apps');
      set('ImageUpdater', 'spec.imageVerification', {})(manifests);
      expect(manifests.flatMap(crdErrors)).not.toEqual([]);
    });
  });
}
