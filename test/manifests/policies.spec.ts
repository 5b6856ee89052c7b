import { beforeAll, describe, expect, it } from '@jest/globals';
import { SettingsError } from '../../src/settings/settings-error.ts';
import { kustomize, kustomizeOverlay, overlays } from './kustomize.ts';
import { all, workloads } from './manifest.ts';
import { configurationMistakes } from './mistakes/configuration.ts';
import { imageMistakes } from './mistakes/images.ts';
import { keyMistakes } from './mistakes/keys.ts';
import type { Mistake, Mistakes } from './mistakes/mistake.ts';
import { networkMistakes } from './mistakes/network.ts';
import { operationMistakes } from './mistakes/operation.ts';
import { podSecurityMistakes } from './mistakes/pod-security.ts';
import { referenceMistakes } from './mistakes/references.ts';
import { tracingMistakes } from './mistakes/tracing.ts';
import { openRoutes } from './open-routes.ts';
import { configuration, gatewayEnvironment } from './policies/configuration.ts';
import { imagePolicies } from './policies/images.ts';
import { keys } from './policies/keys.ts';
import { network } from './policies/network.ts';
import { operation } from './policies/operation.ts';
import { podSecurity } from './policies/pod-security.ts';
import type { Overlay, Policy } from './policies/policy.ts';
import { references } from './policies/references.ts';
import { tracing } from './policies/tracing.ts';

const policies: readonly Policy[] = [
  ...podSecurity,
  ...operation,
  ...configuration,
  ...references,
  ...network,
  ...imagePolicies,
  ...tracing,
  ...keys,
];

const mistakes: Mistakes = {
  ...podSecurityMistakes,
  ...operationMistakes,
  ...configurationMistakes,
  ...referenceMistakes,
  ...networkMistakes,
  ...imageMistakes,
  ...tracingMistakes,
  ...keyMistakes,
};

/** Every path that a probe or Prometheus requests. */
function askedPaths(environment: string): string[] {
  const manifests = kustomize(`config/overlays/${environment}`);
  const probes = workloads(manifests).flatMap(({ containers }) =>
    containers.flatMap(({ startupProbe, readinessProbe, livenessProbe }) => [
      startupProbe?.httpGet?.path,
      readinessProbe?.httpGet?.path,
      livenessProbe?.httpGet?.path,
    ]),
  );
  const scrapes = all(manifests, 'ServiceMonitor').flatMap(({ spec }) =>
    spec.endpoints.map(({ path }) => path),
  );
  return [...probes, ...scrapes].filter((path) => path !== undefined);
}

let routes: ReadonlySet<string>;
beforeAll(async () => {
  routes = await openRoutes(overlays.flatMap(askedPaths));
});

/** @param component one to add to the overlay */
const overlay = (environment: string, component?: string): Overlay => ({
  environment,
  manifests:
    component === undefined
      ? kustomize(`config/overlays/${environment}`)
      : kustomizeOverlay(environment, component),
  isOpen: (path) => routes.has(path),
});

describe.each(overlays)('the overlay %s', (environment) => {
  it.each(policies)('should comply with: $name', (policy) => {
    expect(policy.violations(overlay(environment))).toEqual([]);
  });
});

describe.each(['api-keys-file', 'tracing', 'valkey'])(
  'the overlay staging with the component %s',
  (component) => {
    it.each(policies)('should comply with: $name', (policy) => {
      expect(policy.violations(overlay('staging', component))).toEqual([]);
    });
  },
);

describe('a setting under configMapGenerator of an overlay', () => {
  it.each([
    ['dev', undefined, 'UPSTREAM_URL', 'http://elsewhere:3000/{id}'],
    ['plain', undefined, 'UPSTREAM_URL', 'http://elsewhere:3000/{id}'],
    ['staging', undefined, 'UPSTREAM_URL', 'http://elsewhere:3000/{id}'],
    ['production', undefined, 'TRUST_PROXY', '2'],
    ['staging', undefined, 'LOG_LEVEL', 'warn'],
    ['staging', undefined, 'READINESS_DOCUMENT', '42'],
    ['staging', 'tracing', 'OTEL_TRACES_SAMPLER_ARG', '1'],
    ['staging', 'valkey', 'REDIS_URL', 'redis://elsewhere:6379'],
    ['staging', 'api-keys-file', 'API_KEYS_FILE', '/keys/keys.json'],
  ])('should override the base and the components: %s with %s, %s', (environment, component, name, value) => {
    const configMapGenerator = [
      { name: 'document-gateway', behavior: 'merge', literals: [`${name}=${value}`] },
    ];
    const manifests = kustomizeOverlay(environment, component, { configMapGenerator });
    expect(gatewayEnvironment(manifests)[name]).toBe(value);
  });
});

/** Names of the policies that an overlay with a mistake violates. */
function broken({ environment = 'staging', component, make }: Mistake): string[] {
  const mistaken = overlay(environment, component);
  make(mistaken.manifests);
  return policies.filter((policy) => violates(policy, mistaken)).map(({ name }) => name);
}

/** Ignores settings that the service rejects: another policy reports them. */
function violates(policy: Policy, mistaken: Overlay): boolean {
  try {
    return policy.violations(mistaken).length > 0;
  } catch (error) {
    if (error instanceof SettingsError) return false;
    throw error;
  }
}

describe.each(Object.entries(mistakes))('the policy: %s', (name, cases) => {
  it.each(cases)('should find: $mistake', (mistake) => {
    expect(broken(mistake)).toContain(name);
  });
});

it('should have a mistake for every policy', () => {
  expect(Object.keys(mistakes).sort()).toEqual(policies.map(({ name }) => name).sort());
});
