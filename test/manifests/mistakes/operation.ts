import { settings } from './configuration.ts';
import { add, CONTAINER, GATEWAY, type Mistakes, POD, set, unset, without } from './mistake.ts';

const SCALER = 'HorizontalPodAutoscaler';

export const operationMistakes: Mistakes = {
  'every container requests and is limited in CPU and memory, memory to what it requests': [
    { mistake: 'no limit of CPU', make: unset(GATEWAY, `${CONTAINER}.resources.limits.cpu`) },
    { mistake: 'no request of CPU', make: unset(GATEWAY, `${CONTAINER}.resources.requests.cpu`) },
    { mistake: 'no limit of memory', make: unset(GATEWAY, `${CONTAINER}.resources.limits.memory`) },
    {
      mistake: 'more memory than requested',
      make: set(GATEWAY, `${CONTAINER}.resources.limits.memory`, '1Gi'),
    },
  ],
  'every service has its three probes, on routes that it has': [
    { mistake: 'no startup probe', make: unset(GATEWAY, `${CONTAINER}.startupProbe`) },
    {
      mistake: 'a route that does not exist',
      make: set(GATEWAY, `${CONTAINER}.readinessProbe.httpGet.path`, '/healthz'),
    },
  ],
  'liveness looks at the process alone, waits a minute; readiness waits for the upstream, but not long': [
    {
      mistake: 'a liveness that asks the upstream',
      make: set(GATEWAY, `${CONTAINER}.livenessProbe.httpGet.path`, '/health/ready'),
    },
    {
      mistake: 'an impatient liveness',
      make: set(GATEWAY, `${CONTAINER}.livenessProbe.failureThreshold`, 2),
    },
    { mistake: 'an impatient readiness', make: unset(GATEWAY, `${CONTAINER}.readinessProbe.timeoutSeconds`) },
    {
      mistake: 'a readiness slower than the drain',
      make: set(GATEWAY, `${CONTAINER}.readinessProbe.failureThreshold`, 3),
    },
  ],
  'Kubernetes waits for as long as the service takes to shut down': [
    {
      mistake: 'a grace period that is too short',
      make: set(GATEWAY, `${POD}.terminationGracePeriodSeconds`, 29),
    },
    { mistake: 'a drain that is too long', make: settings({ DRAIN_DELAY_MS: '11000' }) },
    {
      mistake: 'a preStop hook that takes the time away',
      make: set(GATEWAY, `${CONTAINER}.lifecycle`, { preStop: { sleep: { seconds: 5 } } }),
    },
    {
      mistake: 'a preStop hook that the image cannot run',
      make: set(GATEWAY, `${CONTAINER}.lifecycle`, { preStop: { exec: { command: ['sleep', '0'] } } }),
    },
    { mistake: 'a shutdown shorter than a request', make: settings({ SHUTDOWN_TIMEOUT_MS: '9000' }) },
  ],
  'a rollout takes no pod away before another is ready': [
    {
      mistake: 'pods that may be missing',
      make: set(GATEWAY, 'spec.strategy.rollingUpdate.maxUnavailable', 1),
    },
    { mistake: 'all pods at once', make: set(GATEWAY, 'spec.strategy', { type: 'Recreate' }) },
  ],
  'a rollout that does not go on is called failed within two minutes': [
    { mistake: 'the default', make: unset(GATEWAY, 'spec.progressDeadlineSeconds') },
    { mistake: 'ten minutes', make: set(GATEWAY, 'spec.progressDeadlineSeconds', 600) },
  ],
  'a new pod gets no request before it has delivered a document': [
    { mistake: 'no document', make: settings({ READINESS_DOCUMENT: '' }) },
  ],
  'replicas belong to the autoscaler alone, which keeps three or more; dev and plain have none': [
    { mistake: 'fixed replicas', make: set(GATEWAY, 'spec.replicas', 3) },
    { mistake: 'a target that is not there', make: set(SCALER, 'spec.scaleTargetRef.name', 'gateway') },
    { mistake: 'one replica', make: set(SCALER, 'spec.minReplicas', 1) },
    { mistake: 'no room to grow', make: set(SCALER, 'spec.maxReplicas', 3) },
    { mistake: 'no autoscaler', make: without(SCALER) },
    { mistake: 'a pod that is alone', environment: 'plain', make: set(GATEWAY, 'spec.replicas', 1) },
    {
      mistake: 'an autoscaler where nothing measures',
      environment: 'dev',
      make: add({ apiVersion: 'autoscaling/v2', kind: SCALER, metadata: { name: 'document-gateway' } }),
    },
  ],
  'pods spread over zones and nodes, and may always be evicted one at a time': [
    {
      mistake: 'one zone',
      make: set(GATEWAY, `${POD}.topologySpreadConstraints.0.topologyKey`, 'kubernetes.io/hostname'),
    },
    {
      mistake: 'spreading of other pods',
      make: set(GATEWAY, `${POD}.topologySpreadConstraints.0.labelSelector.matchLabels`, { app: 'gateway' }),
    },
    { mistake: 'no budget', make: without('PodDisruptionBudget') },
    { mistake: 'a budget that blocks a drain', make: set('PodDisruptionBudget', 'spec.maxUnavailable', 0) },
    {
      mistake: 'sick pods that block a drain',
      make: unset('PodDisruptionBudget', 'spec.unhealthyPodEvictionPolicy'),
    },
  ],
};
