import type { IContainer } from 'kubernetes-models/v1/Container';
import { all, type Labels, type Manifest, selects, workloads } from '../manifest.ts';
import { failing, type Overlay, type Policy } from './policy.ts';

function ports(containers: readonly IContainer[]): (string | number)[] {
  return containers.flatMap(({ ports = [] }) =>
    ports.flatMap(({ name, containerPort }) => [containerPort, ...(name === undefined ? [] : [name])]),
  );
}

/** The pods of a Service. */
function behind(manifests: readonly Manifest[], selector: Labels | undefined): ReturnType<typeof workloads> {
  return workloads(manifests).filter(({ labels }) => selector && selects({ matchLabels: selector }, labels));
}

export const references: readonly Policy[] = [
  {
    name: 'every selector selects pods, and those of one workload alone',
    violations({ manifests }: Overlay): string[] {
      const selectors: [string, Labels | undefined][] = [
        ...all(manifests, 'Service').map(({ metadata, spec }): [string, Labels | undefined] => [
          `Service ${metadata.name}`,
          spec?.selector,
        ]),
        ...all(manifests, 'PodDisruptionBudget').map(({ metadata, spec }): [string, Labels | undefined] => [
          `PodDisruptionBudget ${metadata.name}`,
          spec?.selector?.matchLabels,
        ]),
        ...all(manifests, 'Deployment').map(({ metadata, spec }): [string, Labels | undefined] => [
          `Deployment ${metadata.name}`,
          spec?.selector.matchLabels,
        ]),
        ...all(manifests, 'NetworkPolicy')
          .filter(({ spec }) => spec?.podSelector?.matchLabels !== undefined)
          .map(({ metadata, spec }): [string, Labels | undefined] => [
            `NetworkPolicy ${metadata.name}`,
            spec?.podSelector?.matchLabels,
          ]),
      ];
      return failing(
        selectors,
        ([, selector]) => behind(manifests, selector).length === 1,
        ([owner]) => owner,
      );
    },
  },
  {
    name: 'every port of a Service leads to one of its containers',
    violations: ({ manifests }) =>
      all(manifests, 'Service').flatMap(({ metadata, spec }) => {
        const reached = behind(manifests, spec?.selector).flatMap(({ containers }) => ports(containers));
        return failing(
          spec?.ports ?? [],
          ({ port, targetPort }) => reached.includes(targetPort ?? port),
          ({ port, targetPort }) => `Service ${metadata.name}: ${port} to ${targetPort ?? port}`,
        );
      }),
  },
  {
    name: 'every probe asks a port of its container',
    violations: ({ manifests }) =>
      workloads(manifests).flatMap(({ owner, containers }) =>
        containers.flatMap((container) =>
          failing(
            [container.startupProbe, container.readinessProbe, container.livenessProbe],
            (probe) => {
              const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port;
              return probe === undefined || (port !== undefined && ports([container]).includes(port));
            },
            (probe) => `${owner}: ${JSON.stringify(probe)}`,
          ),
        ),
      ),
  },
  {
    name: 'every ServiceMonitor scrapes a route of the service, through a port of a Service',
    violations: ({ manifests, isOpen }) =>
      all(manifests, 'ServiceMonitor').flatMap(({ metadata, spec }) => {
        const services = all(manifests, 'Service').filter(({ metadata: { labels = {} } }) =>
          selects(spec.selector, labels),
        );
        const names = services.flatMap((service) => service.spec?.ports?.map(({ name }) => name) ?? []);
        const endpoints = failing(
          spec.endpoints,
          ({ port, path }) => names.includes(port) && isOpen(path ?? '/metrics'),
          ({ port, path }) => `ServiceMonitor ${metadata.name}: ${port} ${path}`,
        );
        return services.length === 1 ? endpoints : [`ServiceMonitor ${metadata.name} selects no Service`];
      }),
  },
  {
    name: 'every route hangs on a listener of a Gateway and leads to a port of a Service',
    violations: ({ manifests }) =>
      all(manifests, 'HTTPRoute').flatMap(({ metadata, spec }) => [
        ...failing(
          spec.parentRefs ?? [],
          ({ name, sectionName }) =>
            all(manifests, 'Gateway').some(
              (gateway) =>
                gateway.metadata.name === name &&
                gateway.spec.listeners.some((listener) => listener.name === sectionName),
            ),
          ({ name, sectionName }) => `HTTPRoute ${metadata.name}: Gateway ${name} ${sectionName}`,
        ),
        ...failing(
          (spec.rules ?? []).flatMap(({ backendRefs = [] }) => backendRefs),
          ({ name, port }) =>
            all(manifests, 'Service').some(
              (service) =>
                service.metadata.name === name && service.spec?.ports?.some((served) => served.port === port),
            ),
          ({ name, port }) => `HTTPRoute ${metadata.name}: Service ${name} ${port}`,
        ),
      ]),
  },
];
