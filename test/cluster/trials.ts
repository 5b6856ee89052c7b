import { admits, type End, type Flow } from '../manifests/flows.ts';
import { all, type Labels, type Manifest, workloads } from '../manifests/manifest.ts';

/** A pod in place of one that a NetworkPolicy names, or a pod that no policy names. */
export interface Actor extends End {
  readonly name: string;
  readonly namespace: string;
  readonly ports: Readonly<Record<string, number>>;
}

/** A connection to try, and whether the policies allow it. */
export interface Trial {
  readonly from: Actor;
  readonly to: Actor;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  readonly allowed: boolean;
}

/** The namespace of pods that no policy names. */
const OTHER_NAMESPACE = 'strangers';
const STRANGER: Labels = { 'app.kubernetes.io/name': 'stranger' };
const SYSTEM = 'kube-system';

const nameOf = (labels: Labels): string => Object.values(labels).join('-').toLowerCase();

function actor(namespace: string, labels: Labels, ports: Readonly<Record<string, number>> = {}): Actor {
  return { name: nameOf(labels), namespace, labels, ports };
}

/** The named ports of the pods of an overlay with these labels. */
function portsOf(manifests: readonly Manifest[], labels: Labels): Record<string, number> {
  const owner = workloads(manifests).find((each) => nameOf(each.labels) === nameOf(labels));
  const ports = owner?.containers.flatMap((container) => container.ports ?? []) ?? [];
  return Object.fromEntries(
    ports.map(({ name, containerPort }) => [name ?? String(containerPort), containerPort]),
  );
}

/**
 * The pods that the policies of an overlay name, a pod without a policy in each of their namespaces, and pods with
 * the same labels in another namespace.
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
      add(actor(OTHER_NAMESPACE, labels));
    }
  }
  // Of the pods in kube-system only DNS is a target.
  return [...found.values()].filter(({ namespace, name }) => namespace !== SYSTEM || name === 'kube-dns');
}

/** The numbers of all ports in the policies. */
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

/**
 * Every connection between two actors, at least one of them in the namespace of the overlay, on every port of the
 * policies.
 */
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
          // DNS listens only on its own port, and the actors on the others.
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

/** Names of the policies that change the result of no trial. */
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
