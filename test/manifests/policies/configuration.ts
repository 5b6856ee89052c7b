import { parseSettings, type Settings, variables } from '../../../src/app.settings.ts';
import { all, type Manifest, type Workload, workloads } from '../manifest.ts';
import { failing, type Overlay, type Policy } from './policy.ts';
import { isTracingSetting } from './tracing-settings.ts';

const HASHED = /-[0-9a-z]{10}$/;
const ANY_KEY = 'a-key-that-nobody-has-outside-a-test';

/** Names of the Secrets that External Secrets creates in the cluster. */
const fromElsewhere = (manifests: readonly Manifest[]): string[] =>
  all(manifests, 'ExternalSecret').flatMap(({ spec }) => spec?.target?.name ?? []);

/** Whether people create the Secret with the keys from a file. */
const keysByHand = (manifests: readonly Manifest[]): boolean =>
  all(manifests, 'Namespace').some(({ metadata }) => metadata.name === 'document-gateway-plain');

/** The environment of the gateway from its ConfigMap and its Secret. */
export function gatewayEnvironment(manifests: readonly Manifest[]): Record<string, string> {
  const gateway = workloads(manifests).find(({ name }) => name === 'document-gateway');
  const environment: Record<string, string> = keysByHand(manifests) ? { API_KEY: ANY_KEY } : {};
  for (const { configMapRef, secretRef } of gateway?.containers[0]?.envFrom ?? []) {
    const settings = all(manifests, 'ConfigMap').find(({ metadata }) => metadata.name === configMapRef?.name);
    Object.assign(environment, settings?.data);
    const secret = all(manifests, 'Secret').find(({ metadata }) => metadata.name === secretRef?.name);
    for (const key of Object.keys(secret?.data ?? {})) environment[key] = ANY_KEY;
    const external = all(manifests, 'ExternalSecret').find(
      ({ spec }) => spec?.target?.name === secretRef?.name,
    );
    for (const { secretKey } of external?.spec?.data ?? []) environment[secretKey] = ANY_KEY;
  }
  return environment;
}

/** @throws SettingsError when the service would not start with its settings */
export function gatewaySettings(manifests: readonly Manifest[]): Settings {
  return parseSettings(gatewayEnvironment(manifests));
}

/** Names of the ConfigMaps and Secrets that a workload uses. */
function references({ pod, containers }: Workload): { configMaps: string[]; secrets: string[] } {
  const sources = containers.flatMap(({ env = [], envFrom = [] }) => [
    ...envFrom,
    ...env.map(({ valueFrom }) => ({
      configMapRef: valueFrom?.configMapKeyRef,
      secretRef: valueFrom?.secretKeyRef,
    })),
  ]);
  const volumes = pod.volumes ?? [];
  return {
    configMaps: [
      ...sources.flatMap(({ configMapRef }) => configMapRef?.name ?? []),
      ...volumes.flatMap(({ configMap }) => configMap?.name ?? []),
    ],
    secrets: [
      ...sources.flatMap(({ secretRef }) => secretRef?.name ?? []),
      ...volumes.flatMap(({ secret }) => secret?.secretName ?? []),
    ],
  };
}

export const configuration: readonly Policy[] = [
  {
    name: 'every setting is one that the service knows',
    violations: ({ manifests }) =>
      failing(
        Object.keys(gatewayEnvironment(manifests)),
        (name) => variables.includes(name) || isTracingSetting(name),
        (name) => `${name} is no setting`,
      ),
  },
  {
    name: 'the service starts with its settings',
    violations({ manifests }: Overlay): string[] {
      try {
        gatewaySettings(manifests);
        return [];
      } catch (error) {
        return [String(error)];
      }
    },
  },
  {
    name: 'PORT, FLASK_PORT and the port of the container are one',
    violations({ manifests }: Overlay): string[] {
      const { PORT, FLASK_PORT } = gatewayEnvironment(manifests);
      const gateway = workloads(manifests).find(({ name }) => name === 'document-gateway');
      const port = gateway?.containers[0]?.ports?.[0]?.containerPort;
      return PORT === String(port) && FLASK_PORT === PORT ? [] : [`${PORT}, ${FLASK_PORT}, ${port}`];
    },
  },
  {
    name: 'a changed setting rolls the pods: what they refer to is there, under a hashed name',
    violations: ({ manifests }) =>
      workloads(manifests).flatMap((workload) => {
        const { configMaps, secrets } = references(workload);
        const has = (kind: 'ConfigMap' | 'Secret', name: string): boolean =>
          HASHED.test(name) && all(manifests, kind).some(({ metadata }) => metadata.name === name);
        return [
          ...failing(
            configMaps,
            (name) => has('ConfigMap', name),
            (name) => `${workload.owner}: ConfigMap ${name}`,
          ),
          ...failing(
            secrets,
            (name) =>
              has('Secret', name) ||
              fromElsewhere(manifests).includes(name) ||
              (keysByHand(manifests) && name === 'document-gateway-keys'),
            (name) => `${workload.owner}: Secret ${name}`,
          ),
        ];
      }),
  },
  {
    name: 'no sync takes away what the pods of an older setting start with',
    violations({ manifests }: Overlay): string[] {
      const kept = (kind: 'ConfigMap' | 'Secret', name: string): boolean => {
        const { annotations } =
          all(manifests, kind).find((each) => each.metadata.name === name)?.metadata ?? {};
        return (
          annotations?.['argocd.argoproj.io/sync-options'] === 'Prune=false' &&
          annotations['argocd.argoproj.io/compare-options'] === 'IgnoreExtraneous'
        );
      };
      return workloads(manifests)
        .filter(({ kind }) => kind === 'Deployment')
        .flatMap((workload) => {
          const { configMaps, secrets } = references(workload);
          const words = (name: string): string => `${workload.owner}: ${name} is pruned`;
          return [
            ...failing(configMaps, (name) => kept('ConfigMap', name), words),
            ...failing(
              secrets.filter((name) => HASHED.test(name)),
              (name) => kept('Secret', name),
              words,
            ),
          ];
        });
    },
  },
  {
    name: 'no secret is in Git outside dev',
    violations: ({ manifests, environment }) =>
      environment === 'dev' ? [] : all(manifests, 'Secret').map(({ metadata }) => metadata.name),
  },
  {
    name: 'each environment has keys of its own',
    violations: ({ manifests, environment }) =>
      all(manifests, 'ExternalSecret').flatMap(({ spec }) =>
        failing(
          spec?.data ?? [],
          ({ remoteRef }) => remoteRef.key === `document-gateway/${environment}`,
          ({ remoteRef }) => remoteRef.key,
        ),
      ),
  },
];
