import { BlockList } from 'node:net';
import type { INetworkPolicyPeer } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer';
import type { INetworkPolicyPort } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPort';
import { all, type Labels, type Manifest, selects } from './manifest.ts';

/** One end of a connection: a pod, or an address outside the cluster if there is no namespace. */
export interface End {
  readonly namespace?: string;
  readonly address?: string;
  readonly labels: Labels;
  /** The numbers of its named ports. */
  readonly ports?: Readonly<Record<string, number>>;
}

export interface Flow {
  readonly from: End;
  readonly to: End;
  readonly port: number;
  readonly protocol?: 'TCP' | 'UDP';
}

/**
 * Whether the NetworkPolicies among the objects allow a connection: the egress of its source and the ingress of its
 * target, for pods in namespaces of these policies. See
 * kubernetes.io/docs/concepts/services-networking/network-policies: a pod that no policy selects is open in that
 * direction, and others accept what any of their policies allows.
 */
export function admits(manifests: readonly Manifest[], flow: Flow): boolean {
  return passes(manifests, flow, 'Egress') && passes(manifests, flow, 'Ingress');
}

function passes(manifests: readonly Manifest[], flow: Flow, direction: 'Egress' | 'Ingress'): boolean {
  const [subject, other] = direction === 'Egress' ? [flow.from, flow.to] : [flow.to, flow.from];
  const policies = all(manifests, 'NetworkPolicy').filter(
    ({ metadata, spec }) =>
      metadata.namespace === subject.namespace &&
      spec?.policyTypes?.includes(direction) &&
      selects(spec.podSelector, subject.labels),
  );
  if (policies.length === 0) return true;
  return policies.some(({ metadata, spec }) => {
    const rules =
      direction === 'Egress'
        ? spec?.egress?.map(({ to, ports }) => ({ peers: to, ports }))
        : spec?.ingress?.map(({ from, ports }) => ({ peers: from, ports }));
    return rules?.some(
      ({ peers, ports }) =>
        (peers === undefined || peers.some((peer) => isPeer(peer, other, metadata.namespace))) &&
        (ports === undefined || ports.some((port) => isPort(port, flow))),
    );
  });
}

function isPeer(peer: INetworkPolicyPeer, end: End, ownNamespace: string | undefined): boolean {
  if (peer.ipBlock) return end.address !== undefined && contains(peer.ipBlock.cidr, end.address);
  if (end.namespace === undefined) return false;
  const namespaceMatches = peer.namespaceSelector
    ? selects(peer.namespaceSelector, { 'kubernetes.io/metadata.name': end.namespace })
    : end.namespace === ownNamespace;
  return namespaceMatches && (peer.podSelector === undefined || selects(peer.podSelector, end.labels));
}

function contains(cidr: string, address: string): boolean {
  const [network = '', prefix] = cidr.split('/');
  const block = new BlockList();
  block.addSubnet(network, Number(prefix));
  return block.check(address);
}

function isPort({ port, protocol = 'TCP' }: INetworkPolicyPort, flow: Flow): boolean {
  const number = typeof port === 'string' ? flow.to.ports?.[port] : port;
  return protocol === (flow.protocol ?? 'TCP') && (port === undefined || number === flow.port);
}
