import { admits, type End, type Flow } from '../flows.ts';
import { all, type Manifest, selects, workloads } from '../manifest.ts';
import { gatewaySettings } from './configuration.ts';
import { failing, type Overlay, type Policy } from './policy.ts';
import { collectorUrl } from './tracing.ts';

const named = (name: string): Record<string, string> => ({ 'app.kubernetes.io/name': name });

const DNS: End = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
const LOCAL_DNS: End = { address: '169.254.20.10', labels: {} };
const INTERNET: End = { address: '203.0.113.7', labels: {} };
const METADATA: End = { address: '169.254.169.254', labels: {} };
const RESOLVER_OF_AWS: End = { address: '169.254.169.253', labels: {} };
const PROMETHEUS: End = { namespace: 'monitoring', labels: named('prometheus') };
const ENVOY: End = { namespace: 'envoy-gateway-system', labels: named('envoy') };

/** A pod of the overlay. */
function own({ environment, manifests }: Overlay, name: string): End {
  const workload = workloads(manifests).find((each) => each.name === name);
  const ports = workload?.containers.flatMap((container) => container.ports ?? []) ?? [];
  return {
    namespace: `document-gateway-${environment}`,
    labels: workload?.labels ?? {},
    ports: Object.fromEntries(ports.map(({ name, containerPort }) => [name ?? '', containerPort])),
  };
}

/**
 * The pods and the port of a URL. In another namespace, pods are expected to have the name of the Service as their
 * label.
 */
function behind(overlay: Overlay, url: string): { to: End; port: number } {
  const { hostname, port } = new URL(url);
  const [name = '', namespace] = hostname.split('.');
  if (namespace !== undefined) return { to: { namespace, labels: named(name) }, port: Number(port) };
  const service = all(overlay.manifests, 'Service').find(({ metadata }) => metadata.name === name);
  const target = workloads(overlay.manifests).find(({ labels }) =>
    selects({ matchLabels: service?.spec?.selector ?? { none: 'none' } }, labels),
  );
  return { to: own(overlay, target?.name ?? ''), port: Number(port) };
}

const upstream = (overlay: Overlay): { to: End; port: number } =>
  behind(overlay, gatewaySettings(overlay.manifests).upstream.url.replace('{id}', '1'));

/** The Redis of the rate limits, if any. */
function rateLimitStore(overlay: Overlay): { to: End; port: number } | undefined {
  const { redisUrl } = gatewaySettings(overlay.manifests)['rate-limit'];
  return redisUrl === undefined ? undefined : behind(overlay, redisUrl);
}

const has = (manifests: readonly Manifest[], kind: string): boolean =>
  manifests.some((manifest) => manifest.kind === kind);

/** Connections that the service, the smoke test and the monitoring need. */
function needed(overlay: Overlay): Record<string, Flow> {
  const gateway = own(overlay, 'document-gateway');
  const smokeTest = own(overlay, 'smoke-test');
  const inwards = { to: gateway, port: gatewaySettings(overlay.manifests).http.port };
  const collector = collectorUrl(overlay.manifests);
  const counters = rateLimitStore(overlay);
  return {
    'the gateway asks DNS by UDP': { from: gateway, to: DNS, port: 53, protocol: 'UDP' },
    'the gateway asks DNS by TCP': { from: gateway, to: DNS, port: 53 },
    'the gateway asks the DNS of its node by UDP': {
      from: gateway,
      to: LOCAL_DNS,
      port: 53,
      protocol: 'UDP',
    },
    'the gateway asks the DNS of its node by TCP': { from: gateway, to: LOCAL_DNS, port: 53 },
    'the gateway asks the upstream': { from: gateway, ...upstream(overlay) },
    ...(collector !== undefined && {
      'the gateway sends its spans': { from: gateway, ...behind(overlay, collector) },
    }),
    ...(counters !== undefined && {
      'the gateway counts in the store of the rate limits': { from: gateway, ...counters },
    }),
    'the smoke test asks DNS': { from: smokeTest, to: DNS, port: 53, protocol: 'UDP' },
    'the smoke test asks the gateway': { from: smokeTest, ...inwards },
    ...(has(overlay.manifests, 'ServiceMonitor') && {
      'Prometheus scrapes': { from: PROMETHEUS, ...inwards },
    }),
    ...(has(overlay.manifests, 'Gateway') && { 'Envoy passes requests on': { from: ENVOY, ...inwards } }),
  };
}

/** Connections that an attacker could try, from inside and outside the cluster. */
function unwanted(overlay: Overlay): Record<string, Flow> {
  const gateway = own(overlay, 'document-gateway');
  const { namespace = '' } = gateway;
  const inwards = { to: gateway, port: gatewaySettings(overlay.manifests).http.port };
  const store = upstream(overlay);
  const counters = rateLimitStore(overlay);
  return {
    'a stranger of the namespace gets in': { from: { namespace, labels: named('stranger') }, ...inwards },
    'a stranger gets in': { from: { namespace: 'default', labels: named('document-gateway') }, ...inwards },
    'a namesake of Prometheus gets in': {
      from: { namespace: 'default', labels: named('prometheus') },
      ...inwards,
    },
    'the internet gets to a pod without a policy of its own': {
      from: INTERNET,
      to: { namespace, labels: named('stranger') },
      port: 80,
    },
    'the internet gets in': { from: INTERNET, ...inwards },
    'the gateway reaches the internet': { from: gateway, to: INTERNET, port: 443 },
    'the gateway reaches the metadata of its cloud': { from: gateway, to: METADATA, port: 80 },
    'the gateway asks the resolver of its cloud': { from: gateway, to: RESOLVER_OF_AWS, port: 53 },
    'the gateway reaches more than DNS on its node': { from: gateway, to: LOCAL_DNS, port: 80 },
    'the gateway reaches the Kubernetes API': {
      from: gateway,
      to: { namespace: 'default', labels: {} },
      port: 443,
    },
    'the gateway reaches another port of the upstream': { from: gateway, to: store.to, port: store.port + 1 },
    'the gateway reaches others beside the upstream': {
      from: gateway,
      to: { ...store.to, labels: named('stranger') },
      port: store.port,
    },
    'a stranger of the namespace reaches the upstream': {
      from: { namespace, labels: named('stranger') },
      ...store,
    },
    ...(counters !== undefined && {
      'a namesake of the gateway counts in the store of the rate limits': {
        from: { namespace: 'default', labels: named('document-gateway') },
        ...counters,
      },
      'the store of the rate limits reaches the internet': {
        from: counters.to,
        to: INTERNET,
        port: 443,
      },
    }),
  };
}

/**
 * Whether a route matches a path. Some gateways match a regular expression anywhere in the path, so it must be
 * anchored.
 */
function takes(match: { type?: string; value?: string } | undefined, path: string): boolean {
  const { type = 'PathPrefix', value = '/' } = match ?? {};
  switch (type) {
    case 'Exact':
      return path === value;
    case 'RegularExpression':
      return new RegExp(value).test(path);
    default:
      return path === value || path.startsWith(value.endsWith('/') ? value : `${value}/`);
  }
}

const OUTSIDE = [
  '/',
  '/1',
  '/007',
  '/18446744073709551616',
  '/docs',
  '/docs/swagger-ui.css',
  '/openapi.json',
  '/health',
];
const INSIDE = [
  '/metrics',
  '/metrics/',
  '/Metrics',
  '//metrics',
  '/1/metrics',
  '/health/ready',
  '/health/live',
  '/admin',
];

function routed({ manifests }: Overlay): (path: string) => boolean {
  const matches = all(manifests, 'HTTPRoute')
    .flatMap(({ spec }) => spec.rules ?? [])
    .filter(({ backendRefs }) => backendRefs !== undefined)
    .flatMap((rule) => rule.matches ?? [{}])
    .map(({ path }) => path);
  return (path) => matches.some((match) => takes(match, path));
}

export const network: readonly Policy[] = [
  {
    name: 'the flows that are needed pass the network policies',
    violations: (overlay) =>
      failing(
        Object.entries(needed(overlay)),
        ([, flow]) => admits(overlay.manifests, flow),
        ([name]) => `not: ${name}`,
      ),
  },
  {
    name: 'no other flow passes',
    violations: (overlay) =>
      failing(
        Object.entries(unwanted(overlay)),
        ([, flow]) => !admits(overlay.manifests, flow),
        ([name]) => name,
      ),
  },
  {
    name: 'documents, docs and health are routed from outside, metrics and the rest are not',
    violations(overlay: Overlay): string[] {
      if (!has(overlay.manifests, 'HTTPRoute')) return [];
      const isRouted = routed(overlay);
      return [
        ...failing(OUTSIDE, isRouted, (path) => `${path} is not routed`),
        ...failing(
          INSIDE,
          (path) => !isRouted(path),
          (path) => `${path} is routed`,
        ),
      ];
    },
  },
  {
    name: 'requests from outside come by TLS, to one host name, and are waited for',
    violations({ manifests }: Overlay): string[] {
      const deadline = gatewaySettings(manifests).document.deadlineMs / 1000;
      const rules = all(manifests, 'HTTPRoute').flatMap(({ spec }) => spec.rules ?? []);
      const routes = all(manifests, 'HTTPRoute').filter(({ spec }) =>
        spec.rules?.some(({ backendRefs }) => backendRefs !== undefined),
      );
      const listeners = all(manifests, 'Gateway').flatMap(({ spec }) => spec.listeners);
      const https = listeners.filter(
        ({ protocol, tls }) => protocol === 'HTTPS' && tls?.certificateRefs?.length,
      );
      return [
        ...failing(
          routes.flatMap(({ spec }) => spec.parentRefs ?? []),
          ({ sectionName }) => https.some(({ name }) => name === sectionName),
          ({ sectionName }) => `documents by ${sectionName}`,
        ),
        ...failing(
          listeners,
          ({ hostname }) => hostname !== undefined && hostname === listeners[0]?.hostname,
          ({ hostname }) => `a listener for ${hostname}`,
        ),
        ...failing(
          rules.filter(({ backendRefs }) => backendRefs !== undefined),
          ({ timeouts }) => Number.parseInt(timeouts?.request ?? '0', 10) > deadline,
          () => `a request is cut off within ${deadline} s`,
        ),
      ];
    },
  },
];
