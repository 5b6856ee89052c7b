import { CONTAINER, GATEWAY, type Mistakes, set } from './mistake.ts';

const ROUTE = 'HTTPRoute document-gateway';

export const referenceMistakes: Mistakes = {
  'every selector selects pods, and those of one workload alone': [
    { mistake: 'a Service for other pods', make: set('Service', 'spec.selector', { app: 'gateway' }) },
    { mistake: 'a Service for all pods', make: set('Service', 'spec.selector', {}) },
    {
      mistake: 'a budget for other pods',
      make: set('PodDisruptionBudget', 'spec.selector.matchLabels', { app: 'gateway' }),
    },
    {
      mistake: 'a network policy for other pods',
      make: set('NetworkPolicy from-prometheus', 'spec.podSelector.matchLabels', { app: 'gateway' }),
    },
  ],
  'every port of a Service leads to one of its containers': [
    { mistake: 'a port that is not there', make: set('Service', 'spec.ports.0.targetPort', 'https') },
  ],
  'every probe asks a port of its container': [
    { mistake: 'another port', make: set(GATEWAY, `${CONTAINER}.livenessProbe.httpGet.port`, 8080) },
  ],
  'every ServiceMonitor scrapes a route of the service, through a port of a Service': [
    { mistake: 'another path', make: set('ServiceMonitor', 'spec.endpoints.0.path', '/actuator/prometheus') },
    { mistake: 'another port', make: set('ServiceMonitor', 'spec.endpoints.0.port', 'metrics') },
    {
      mistake: 'another Service',
      make: set('ServiceMonitor', 'spec.selector.matchLabels', { app: 'gateway' }),
    },
  ],
  'every route hangs on a listener of a Gateway and leads to a port of a Service': [
    { mistake: 'another listener', make: set(ROUTE, 'spec.parentRefs.0.sectionName', 'tls') },
    { mistake: 'another Gateway', make: set(ROUTE, 'spec.parentRefs.0.name', 'public') },
    { mistake: 'another port', make: set(ROUTE, 'spec.rules.0.backendRefs.0.port', 5000) },
  ],
};
