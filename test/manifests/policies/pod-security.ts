import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { all, workloads } from '../manifest.ts';
import { failing, type Policy } from './policy.ts';

/** Volumes that the restricted Pod Security Standard allows. */
const VOLUMES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);
const SECCOMP = new Set(['RuntimeDefault', 'Localhost']);
const APPARMOR = new Set<string | undefined>([undefined, 'RuntimeDefault', 'Localhost']);
const SELINUX = new Set<string | undefined>([
  undefined,
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
]);
const SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
]);

/**
 * The violations of the Pod Security Standard `restricted`:
 * kubernetes.io/docs/concepts/security/pod-security-standards.
 */
function podViolations(pod: IPodSpec): string[] {
  const context = pod.securityContext;
  const rules: Readonly<Record<string, boolean>> = {
    'shares a namespace of the host': [pod.hostNetwork, pod.hostPID, pod.hostIPC].every(
      (shared) => shared !== true,
    ),
    'has a volume of another kind than the allowed ones': (pod.volumes ?? []).every((volume) =>
      Object.keys(volume).every((key) => key === 'name' || VOLUMES.has(key)),
    ),
    'sets sysctls that are not safe': (context?.sysctls ?? []).every(({ name }) => SYSCTLS.has(name)),
    'is a host process of Windows': context?.windowsOptions?.hostProcess !== true,
    'runs as root': context?.runAsUser !== 0,
    'has an AppArmor profile that confines less': APPARMOR.has(context?.appArmorProfile?.type),
    'has SELinux options of its own':
      SELINUX.has(context?.seLinuxOptions?.type) &&
      !context?.seLinuxOptions?.user &&
      !context?.seLinuxOptions?.role,
  };
  return Object.keys(rules).filter((name) => rules[name] === false);
}

function containerViolations(container: IContainer, pod: IPodSpec): string[] {
  const context = container.securityContext;
  const { add = [], drop = [] } = context?.capabilities ?? {};
  const seLinux = context?.seLinuxOptions;
  const handlers = [
    container.startupProbe,
    container.readinessProbe,
    container.livenessProbe,
    container.lifecycle?.preStop,
    container.lifecycle?.postStart,
  ];
  const rules: Readonly<Record<string, boolean>> = {
    'is privileged': context?.privileged !== true,
    'may gain privileges': context?.allowPrivilegeEscalation === false,
    'may run as root':
      (context?.runAsNonRoot ?? pod.securityContext?.runAsNonRoot) === true && context?.runAsUser !== 0,
    'has no seccomp profile': SECCOMP.has(
      context?.seccompProfile?.type ?? pod.securityContext?.seccompProfile?.type ?? '',
    ),
    'keeps capabilities': drop.includes('ALL') && add.every((name) => name === 'NET_BIND_SERVICE'),
    'takes a port of the host': (container.ports ?? []).every(({ hostPort }) => !hostPort),
    'sees more of /proc': [undefined, 'Default'].includes(context?.procMount),
    'has an AppArmor profile that confines less': APPARMOR.has(context?.appArmorProfile?.type),
    'has SELinux options of its own': SELINUX.has(seLinux?.type) && !seLinux?.user && !seLinux?.role,
    'is a host process of Windows': context?.windowsOptions?.hostProcess !== true,
    'probes another host': handlers.every((handler) => !(handler?.httpGet?.host ?? handler?.tcpSocket?.host)),
  };
  return Object.keys(rules).filter((name) => rules[name] === false);
}

export const podSecurity: readonly Policy[] = [
  {
    name: 'every pod keeps the Pod Security Standard restricted',
    violations: ({ manifests }) =>
      workloads(manifests).flatMap(({ owner, pod, containers }) => [
        ...podViolations(pod).map((what) => `${owner} ${what}`),
        ...containers.flatMap((container) =>
          containerViolations(container, pod).map((what) => `${owner}: ${container.name} ${what}`),
        ),
      ]),
  },
  {
    name: 'every namespace enforces it, warns and audits',
    violations: ({ manifests }) =>
      all(manifests, 'Namespace').flatMap(({ metadata }) =>
        failing(
          ['enforce', 'warn', 'audit'],
          (mode) => metadata.labels?.[`pod-security.kubernetes.io/${mode}`] === 'restricted',
          (mode) => `Namespace ${metadata.name} does not ${mode} restricted`,
        ),
      ),
  },
  {
    name: 'every object is in the namespace of the overlay',
    violations: ({ manifests, environment }) =>
      failing(
        manifests,
        ({ kind, metadata }) =>
          (kind === 'Namespace' ? metadata.name : metadata.namespace) === `document-gateway-${environment}`,
        ({ kind, metadata }) => `${kind} ${metadata.name} is elsewhere`,
      ),
  },
  {
    name: 'no container can write to its root file system',
    violations: ({ manifests }) =>
      workloads(manifests).flatMap(({ owner, containers }) =>
        failing(
          containers,
          ({ securityContext }) => securityContext?.readOnlyRootFilesystem === true,
          ({ name }) => `${owner}: ${name} can`,
        ),
      ),
  },
  {
    name: 'no pod gets a token for the Kubernetes API, or the addresses of other services',
    violations: ({ manifests }) =>
      failing(
        workloads(manifests),
        ({ pod }) => pod.automountServiceAccountToken === false && pod.enableServiceLinks === false,
        ({ owner }) => owner,
      ),
  },
];
