import { settings } from './configuration.ts';
import { add, type Mistake, type Mistakes, set, unset, without } from './mistake.ts';

const ROUTE = 'HTTPRoute document-gateway';
const UPSTREAM_POLICY = 'NetworkPolicy to-upstream';

/** Adds a NetworkPolicy for all pods. */
const policy = (spec: object): Mistake['make'] =>
  add({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'careless', namespace: 'document-gateway-staging' },
    spec: { podSelector: {}, ...spec },
  });

/** Adds a path, or replaces the one at the index. */
const path = (value: object, index = 99): Mistake['make'] =>
  set(ROUTE, `spec.rules.0.matches.${index}`, { path: value });

export const networkMistakes: Mistakes = {
  'the flows that are needed pass the network policies': [
    { mistake: 'no DNS', make: without('NetworkPolicy dns') },
    { mistake: 'no DNS of the node', make: unset('NetworkPolicy dns', 'spec.egress.0.to.1') },
    { mistake: 'no way to the upstream', make: without(UPSTREAM_POLICY) },
    { mistake: 'no way to the stand-in', environment: 'dev', make: without('NetworkPolicy to-upstream') },
    { mistake: 'no way into the stand-in', environment: 'dev', make: without('NetworkPolicy upstream') },
    {
      mistake: 'another upstream',
      make: settings({ UPSTREAM_URL: 'http://documents.elsewhere.svc:3000/{id}' }),
    },
    {
      mistake: 'another port of the upstream',
      make: settings({ UPSTREAM_URL: 'http://dummy-pdf-or-png.documents.svc:8080/{id}' }),
    },
    { mistake: 'no way to the collector', component: 'tracing', make: without('NetworkPolicy to-collector') },
    {
      mistake: 'another collector',
      component: 'tracing',
      make: settings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://opentelemetry-collector.elsewhere.svc:4318' }),
    },
    { mistake: 'no way to Valkey', component: 'valkey', make: without('NetworkPolicy to-valkey') },
    {
      mistake: 'no way into Valkey',
      component: 'valkey',
      make: set('NetworkPolicy valkey', 'spec.ingress', []),
    },
    {
      mistake: 'another port of Valkey',
      component: 'valkey',
      make: settings({ REDIS_URL: 'redis://valkey:6380' }),
    },
    { mistake: 'no way in for Prometheus', make: without('NetworkPolicy from-prometheus') },
    { mistake: 'no way in for Envoy', make: without('NetworkPolicy from-gateway') },
    { mistake: 'no way out for the smoke test', make: without('NetworkPolicy smoke-test') },
    { mistake: 'no way in for the smoke test', make: without('NetworkPolicy from-smoke-test') },
  ],
  'no other flow passes': [
    { mistake: 'no default', make: without('NetworkPolicy default-deny') },
    {
      mistake: 'a default for one direction',
      make: set('NetworkPolicy default-deny', 'spec.policyTypes', ['Egress']),
    },
    {
      mistake: 'a gateway of any namespace at Valkey',
      component: 'valkey',
      make: set('NetworkPolicy valkey', 'spec.ingress.0.from.0.namespaceSelector', {}),
    },
    { mistake: 'a policy that lets all out', make: policy({ policyTypes: ['Egress'], egress: [{}] }) },
    { mistake: 'a policy that lets all in', make: policy({ policyTypes: ['Ingress'], ingress: [{}] }) },
    {
      mistake: 'any address',
      make: policy({ policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] }),
    },
    {
      mistake: 'any address of the link',
      make: set('NetworkPolicy dns', 'spec.egress.0.to.1.ipBlock.cidr', '169.254.0.0/16'),
    },
    { mistake: 'any port of DNS', make: unset('NetworkPolicy dns', 'spec.egress.0.ports') },
    { mistake: 'any port of the upstream', make: unset(UPSTREAM_POLICY, 'spec.egress.0.ports') },
    {
      mistake: 'any pod beside the upstream',
      make: unset(UPSTREAM_POLICY, 'spec.egress.0.to.0.podSelector'),
    },
    {
      mistake: 'a Prometheus in any namespace',
      make: set('NetworkPolicy from-prometheus', 'spec.ingress.0.from.0.namespaceSelector', {}),
    },
  ],
  'documents, docs and health are routed from outside, metrics and the rest are not': [
    { mistake: 'everything', make: path({ type: 'PathPrefix', value: '/' }) },
    { mistake: 'metrics', make: path({ type: 'Exact', value: '/metrics' }) },
    { mistake: 'all of health', make: path({ type: 'PathPrefix', value: '/health' }) },
    { mistake: 'any one segment', make: path({ type: 'RegularExpression', value: '/[^/]+' }) },
    {
      mistake: 'an expression that matches a part',
      make: path({ type: 'RegularExpression', value: '/[0-9]{1,20}' }),
    },
    { mistake: 'no documents', make: path({ type: 'Exact', value: '/1' }, 0) },
  ],
  'requests from outside come by TLS, to one host name, and are waited for': [
    { mistake: 'documents by HTTP', make: set(ROUTE, 'spec.parentRefs.0.sectionName', 'http') },
    { mistake: 'no certificate', make: unset('Gateway', 'spec.listeners.0.tls') },
    { mistake: 'another host name', make: set('Gateway', 'spec.listeners.1.hostname', 'other.example.com') },
    { mistake: 'a timeout below the deadline', make: set(ROUTE, 'spec.rules.0.timeouts.request', '5s') },
  ],
};
