import type { IProbe } from 'kubernetes-models/v1/Probe';
import { all, one, selects, type Workload, workloads } from '../manifest.ts';
import { gatewaySettings } from './configuration.ts';
import { failing, type Overlay, type Policy } from './policy.ts';

/** The time of a shutdown in addition to the two settings. */
const SHUTDOWN_MARGIN_SECONDS = 5;
/** The readiness check of the upstream takes at most 1.5 s. */
const READY_SECONDS = 2;

const isService = ({ kind }: Workload): boolean => kind === 'Deployment';

function probePath(probe: IProbe | undefined): string | undefined {
  return probe?.httpGet?.path ?? (probe?.tcpSocket ? 'tcp' : undefined);
}

/** Seconds until a failing probe takes effect. */
function secondsToEffect(probe: IProbe | undefined): number {
  return (probe?.periodSeconds ?? 10) * (probe?.failureThreshold ?? 3);
}

export const operation: readonly Policy[] = [
  {
    name: 'every container requests and is limited in CPU and memory, memory to what it requests',
    violations: ({ manifests }) =>
      workloads(manifests).flatMap(({ owner, containers }) =>
        failing(
          containers,
          ({ resources }) =>
            resources?.requests?.['cpu'] !== undefined &&
            resources.limits?.['cpu'] !== undefined &&
            resources.requests['memory'] !== undefined &&
            resources.requests['memory'] === resources.limits['memory'],
          ({ name }) => `${owner}: ${name}`,
        ),
      ),
  },
  {
    name: 'every service has its three probes, on routes that it has',
    violations: ({ manifests, isOpen }) =>
      workloads(manifests)
        .filter(isService)
        .flatMap(({ owner, name, containers }) =>
          containers.flatMap(({ startupProbe, readinessProbe, livenessProbe }) =>
            failing(
              Object.entries({ startupProbe, readinessProbe, livenessProbe }),
              ([, probe]) => {
                const path = probePath(probe);
                return path !== undefined && (name === 'document-gateway' ? isOpen(path) : path === 'tcp');
              },
              ([probe]) => `${owner}: ${probe}`,
            ),
          ),
        ),
  },
  {
    name: 'liveness looks at the process alone, waits a minute; readiness waits for the upstream, but not long',
    violations({ manifests }: Overlay): string[] {
      const gateway = workloads(manifests).find(({ name }) => name === 'document-gateway')?.containers[0];
      const rules: Readonly<Record<string, boolean>> = {
        'liveness asks /health': probePath(gateway?.livenessProbe) === '/health',
        'startup asks what liveness asks': probePath(gateway?.startupProbe) === '/health',
        'liveness waits a minute': secondsToEffect(gateway?.livenessProbe) >= 60,
        'readiness asks /health/ready': probePath(gateway?.readinessProbe) === '/health/ready',
        'readiness lets the upstream be asked':
          (gateway?.readinessProbe?.timeoutSeconds ?? 1) >= READY_SECONDS,
        'an unready pod leaves within the drain delay':
          secondsToEffect(gateway?.readinessProbe) * 1000 <= gatewaySettings(manifests).http.drainDelayMs,
      };
      return Object.keys(rules).filter((rule) => rules[rule] === false);
    },
  },
  {
    name: 'Kubernetes waits for as long as the service takes to shut down',
    violations({ manifests }: Overlay): string[] {
      const pod = workloads(manifests).find(({ name }) => name === 'document-gateway')?.pod;
      const { document, http } = gatewaySettings(manifests);
      const preStop = pod?.containers[0]?.lifecycle?.preStop;
      if (preStop && preStop.sleep === undefined) return ['the image has nothing to run as a preStop hook'];
      const needed =
        (preStop?.sleep?.seconds ?? 0) +
        (http.drainDelayMs + http.shutdownTimeoutMs) / 1000 +
        SHUTDOWN_MARGIN_SECONDS;
      const given = pod?.terminationGracePeriodSeconds ?? 30;
      const requests =
        http.shutdownTimeoutMs > document.deadlineMs ? [] : ['a request may outlast SHUTDOWN_TIMEOUT_MS'];
      return given >= needed ? requests : [...requests, `${given} s instead of ${needed} s`];
    },
  },
  {
    name: 'a rollout takes no pod away before another is ready',
    violations: ({ manifests }) =>
      failing(
        all(manifests, 'Deployment'),
        ({ spec }) => {
          const { maxUnavailable, maxSurge } = spec?.strategy?.rollingUpdate ?? {};
          return maxUnavailable === 0 && maxSurge !== undefined && maxSurge !== 0 && maxSurge !== '0%';
        },
        ({ metadata }) => metadata.name,
      ),
  },
  {
    name: 'a rollout that does not go on is called failed within two minutes',
    violations: ({ manifests }) =>
      failing(
        all(manifests, 'Deployment'),
        ({ spec }) => (spec?.progressDeadlineSeconds ?? 600) <= 120,
        ({ metadata }) => metadata.name,
      ),
  },
  {
    name: 'a new pod gets no request before it has delivered a document',
    violations: ({ manifests }) =>
      gatewaySettings(manifests).document.readinessDocument === undefined
        ? ['READINESS_DOCUMENT is not set']
        : [],
  },
  {
    name: 'replicas belong to the autoscaler alone, which keeps three or more; dev and plain have none',
    violations({ manifests, environment }: Overlay): string[] {
      const [scaler] = all(manifests, 'HorizontalPodAutoscaler');
      const gateway = one(manifests, 'Deployment', 'document-gateway');
      // Without metrics-server, Argo CD reports an autoscaler as degraded, and every sync with it.
      if (environment === 'dev') return scaler === undefined ? [] : ['there is an autoscaler in dev'];
      if (environment === 'plain') {
        const two = scaler === undefined && (gateway.spec?.replicas ?? 1) >= 2;
        return two ? [] : ['there are no two replicas, or there is an autoscaler'];
      }
      const { minReplicas = 1, maxReplicas = 0, scaleTargetRef } = scaler?.spec ?? {};
      const rules: Readonly<Record<string, boolean>> = {
        'the autoscaler scales the gateway': scaleTargetRef?.name === gateway.metadata.name,
        'the gateway has no replicas of its own': gateway.spec?.replicas === undefined,
        'there is something to scale': maxReplicas > minReplicas,
        'there are three replicas': minReplicas >= 3,
      };
      return Object.keys(rules).filter((rule) => rules[rule] === false);
    },
  },
  {
    name: 'pods spread over zones and nodes, and may always be evicted one at a time',
    violations({ manifests }: Overlay): string[] {
      const gateway = workloads(manifests).find(({ name }) => name === 'document-gateway');
      const budget = all(manifests, 'PodDisruptionBudget').find(({ spec }) =>
        selects(spec?.selector, gateway?.labels ?? {}),
      );
      return [
        ...failing(
          ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'],
          (key) =>
            gateway?.pod.topologySpreadConstraints?.some(
              ({ topologyKey, labelSelector }) =>
                topologyKey === key && selects(labelSelector, gateway.labels),
            ) ?? false,
          (key) => `not over ${key}`,
        ),
        ...(budget?.spec?.maxUnavailable === 1 ? [] : ['the budget does not allow one']),
        ...(budget?.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow'
          ? []
          : ['sick pods cannot be evicted']),
      ];
    },
  },
];
