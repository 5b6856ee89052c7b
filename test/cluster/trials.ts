import { admits, type End, type Flow } from '../manifests/flows.ts';
import { all, type Labels, type Manifest, workloads } from '../manifests/manifest.ts';

/** A pod that stands for one that a NetworkPolicy names, or for a stranger. */
export interface Actor extends End {
  readonly name: string;
  readonly namespace: string;
  readonly ports: Readonly<Record<string, number>>;
}

/** A connection to try, and whether the policies let it through. */
export interface Trial {
  readonly from: Actor;
  readonly to: Actor;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  readonly allowed: boolean;
}

/** Where pods are for which nobody asked. */
const ELSEWHERE = 'strangers';
const STRANGER: Labels = { 'app.kubernetes.io/name': 'stranger' };
const SYSTEM = 'kube-system';

const nameOf = (labels: Labels): string => Object.values(labels).join('-').toLowerCase();

function actor(namespace: string, labels: Labels, ports: Readonly<Record<string, number>> = {}): Actor {
  return { name: nameOf(labels), namespace, labels, ports };
}

/** Ports by their names, of the pods of an overlay that bear these labels. */
function portsOf(manifests: readonly Manifest[], labels: Labels): Record<string, number> {
  const owner = workloads(manifests).find((each) => nameOf(each.labels) === nameOf(labels));
  const ports = owner?.containers.flatMap((container) => container.ports ?? []) ?? [];
  return Object.fromEntries(
    ports.map(({ name, containerPort }) => [name ?? String(containerPort), containerPort]),
  );
}

/**
 * The pods that the policies of an overlay name, and strangers: beside each of them, and elsewhere under the same labels.
 *
 * @param manifests a rendered overlay, with one namespace
 */
export function actorsOf(manifests: readonly Manifest[]): Actor[] {
  const found = new Map<string, Actor>();
  const add = (each: Actor): void => void found.set(`${each.namespace}/${each.name}`, each);
  for (const { metadata, spec } of all(manifests, 'NetworkPolicy')) {
    const own = metadata.namespace ?? '';
    const peers = [
      ...(spec?.ingress ?? []).flatMap(({ from }) => from ?? []),
      ...(spec?.egress ?? []).flatMap(({ to }) => to ?? []),
    ];
    const named = [
      { namespace: own, labels: spec?.podSelector?.matchLabels },
      ...peers
        .filter(({ ipBlock }) => ipBlock === undefined)
        .map(({ namespaceSelector, podSelector }) => ({
          namespace: namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'] ?? own,
          labels: podSelector?.matchLabels ?? { 'app.kubernetes.io/name': 'anybody' },
        })),
    ];
    for (const { namespace, labels } of named) {
      add(actor(namespace, STRANGER));
      if (labels === undefined) continue;
      add(actor(namespace, labels, namespace === own ? portsOf(manifests, labels) : {}));
      add(actor(ELSEWHERE, labels));
    }
  }
  // What runs in kube-system is the cluster's own: it is asked, and nobody stands for it.
  return [...found.values()].filter(({ namespace, name }) => namespace !== SYSTEM || name === 'kube-dns');
}

/** The numbers of all ports that the policies name. */
export function portNumbers(manifests: readonly Manifest[]): number[] {
  const policies = all(manifests, 'NetworkPolicy').flatMap(({ spec }) => [
    ...(spec?.ingress ?? []),
    ...(spec?.egress ?? []),
  ]);
  const actors = actorsOf(manifests);
  const numbers = policies
    .flatMap(({ ports = [] }) => ports)
    .flatMap(({ port }) => (typeof port === 'string' ? actors.map(({ ports }) => ports[port]) : [port]));
  return [...new Set(numbers.filter((port) => port !== undefined))];
}

/** Every connection between any two actors that touches the overlay's namespace, on every port that some policy names. */
export function trialsOf(manifests: readonly Manifest[]): Trial[] {
  const actors = actorsOf(manifests);
  const own = all(manifests, 'Namespace')[0]?.metadata.name;
  return actors.flatMap((from) =>
    actors
      .filter(
        (to) =>
          from !== to && from.namespace !== SYSTEM && [from.namespace, to.namespace].includes(own ?? ''),
      )
      .flatMap((to) =>
        portNumbers(manifests)
          // DNS is there already, on its own port; the others listen on the rest.
          .filter((port) => (to.namespace === SYSTEM) === (port === 53))
          .flatMap((port) =>
            (port === 53 ? (['TCP', 'UDP'] as const) : (['TCP'] as const)).map((protocol) => ({
              port,
              protocol,
            })),
          )
          .map((way) => ({ from, to, ...way, allowed: admits(manifests, { from, to, ...way }) })),
      ),
  );
}

/** Names of the policies that no trial depends on: without them every one would end as it does. */
export function untried(manifests: readonly Manifest[], trials: readonly Trial[]): string[] {
  const changes = (without: readonly Manifest[], trial: Trial): boolean =>
    admits(without, trial satisfies Flow) !== trial.allowed;
  return all(manifests, 'NetworkPolicy')
    .filter((policy) => {
      const without = manifests.filter((each) => each !== policy);
      return !trials.some((trial) => changes(without, trial));
    })
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
}
