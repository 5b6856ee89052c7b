import { describe, expect, it } from '@jest/globals';
import { actorsOf, trialsOf, untried } from '../cluster/trials.ts';
import { kustomize, kustomizeOverlay, overlays } from './kustomize.ts';
import { all, type Manifest } from './manifest.ts';

const rendered: [string, Manifest[]][] = [
  ...overlays.map((name): [string, Manifest[]] => [name, kustomize(`config/overlays/${name}`)]),
  ...['tracing', 'valkey'].map((name): [string, Manifest[]] => [name, kustomizeOverlay('staging', name)]),
];

describe.each(rendered)('the trials of the network policies: %s', (_, manifests) => {
  const trials = trialsOf(manifests);

  it('should depend on every policy', () => {
    expect(untried(manifests, trials)).toEqual([]);
  });

  it.each([
    ['out of the overlay, allowed', true, 'from'],
    ['out of the overlay, denied', false, 'from'],
    ['into the overlay, denied', false, 'to'],
  ] as const)('should include connections %s', (_direction, allowed, end) => {
    const own = all(manifests, 'Namespace')[0]?.metadata.name;
    expect(trials.some((trial) => trial.allowed === allowed && trial[end].namespace === own)).toBe(true);
  });
});

describe('the actors', () => {
  it('should be the pods in the policies, and other pods in the same and in another namespace', () => {
    const names = actorsOf(kustomize('config/overlays/staging')).map(
      ({ namespace, name }) => `${namespace}/${name}`,
    );
    expect(names).toEqual(
      expect.arrayContaining([
        'document-gateway-staging/document-gateway',
        'document-gateway-staging/stranger',
        'strangers/document-gateway',
        'monitoring/prometheus',
        'monitoring/stranger',
        'documents/dummy-pdf-or-png',
        'envoy-gateway-system/anybody',
        'kube-system/kube-dns',
      ]),
    );
  });
});

it('should find a policy that no trial depends on', () => {
  const manifests = kustomize('config/overlays/staging');
  const into = trialsOf(manifests).filter(({ from }) => from.namespace !== 'monitoring');
  expect(untried(manifests, into)).toEqual(['document-gateway-staging/from-prometheus']);
});
