import { CONTAINER, GATEWAY, type Mistakes, POD, set, unset } from './mistake.ts';

const context = (field: string, value: unknown): ReturnType<typeof set> =>
  set(GATEWAY, `${CONTAINER}.securityContext.${field}`, value);

export const podSecurityMistakes: Mistakes = {
  'every pod keeps the Pod Security Standard restricted': [
    { mistake: 'a pod that may run as root', make: unset(GATEWAY, `${POD}.securityContext.runAsNonRoot`) },
    { mistake: 'a pod that runs as root', make: set(GATEWAY, `${POD}.securityContext.runAsUser`, 0) },
    { mistake: 'no seccomp profile', make: unset(GATEWAY, `${POD}.securityContext.seccompProfile`) },
    { mistake: 'the network of the host', make: set(GATEWAY, `${POD}.hostNetwork`, true) },
    { mistake: 'the processes of the host', make: set(GATEWAY, `${POD}.hostPID`, true) },
    {
      mistake: 'a path of the host',
      make: set(GATEWAY, `${POD}.volumes`, [{ name: 'host', hostPath: { path: '/' } }]),
    },
    {
      mistake: 'an unsafe sysctl',
      make: set(GATEWAY, `${POD}.securityContext.sysctls`, [{ name: 'kernel.msgmax', value: '1' }]),
    },
    { mistake: 'an unconfined AppArmor profile', make: context('appArmorProfile', { type: 'Unconfined' }) },
    { mistake: 'an SELinux user', make: context('seLinuxOptions', { user: 'root' }) },
    { mistake: 'a process of the Windows host', make: context('windowsOptions', { hostProcess: true }) },
    { mistake: 'an unmasked /proc', make: context('procMount', 'Unmasked') },
    { mistake: 'a privileged container', make: context('privileged', true) },
    {
      mistake: 'a container that may gain privileges',
      make: unset(GATEWAY, `${CONTAINER}.securityContext.allowPrivilegeEscalation`),
    },
    { mistake: 'a container as root', make: context('runAsUser', 0) },
    { mistake: 'kept capabilities', make: context('capabilities', { drop: ['NET_RAW'] }) },
    { mistake: 'an added capability', make: context('capabilities', { drop: ['ALL'], add: ['SYS_ADMIN'] }) },
    { mistake: 'an unconfined seccomp profile', make: context('seccompProfile', { type: 'Unconfined' }) },
    { mistake: 'a port of the host', make: set(GATEWAY, `${CONTAINER}.ports.0.hostPort`, 80) },
    {
      mistake: 'a probe of another host',
      make: set(GATEWAY, `${CONTAINER}.livenessProbe.httpGet.host`, '169.254.169.254'),
    },
    {
      mistake: 'an init container that may do anything',
      make: set(GATEWAY, `${POD}.initContainers`, [{ name: 'init', image: 'init' }]),
    },
    {
      mistake: 'a Job that may run as root',
      make: unset('CronJob smoke-test', `spec.jobTemplate.${POD}.securityContext`),
    },
  ],
  'every namespace enforces it, warns and audits': [
    {
      mistake: 'a namespace for baseline',
      make: (manifests) =>
        manifests
          .filter(({ kind }) => kind === 'Namespace')
          .forEach(({ metadata }) =>
            Object.assign(metadata.labels ?? {}, { 'pod-security.kubernetes.io/enforce': 'baseline' }),
          ),
    },
  ],
  'every object is in the namespace of the overlay': [
    { mistake: 'another namespace', make: set('Service', 'metadata.namespace', 'default') },
  ],
  'no container can write to its root file system': [
    { mistake: 'a writable root', make: context('readOnlyRootFilesystem', false) },
  ],
  'no pod gets a token for the Kubernetes API, or the addresses of other services': [
    { mistake: 'a token', make: unset(GATEWAY, `${POD}.automountServiceAccountToken`) },
    { mistake: 'addresses', make: unset(GATEWAY, `${POD}.enableServiceLinks`) },
  ],
};
