import { posix } from 'node:path';
import { all, type Manifest, workloads } from '../manifest.ts';
import { gatewaySettings } from './configuration.ts';
import { failing, type Overlay, type Policy } from './policy.ts';

/** The files of a Secret, which a controller may create. */
function filesOf(manifests: readonly Manifest[], secret: string | undefined): string[] {
  const external = all(manifests, 'ExternalSecret').find(({ spec }) => spec?.target?.name === secret);
  const own = all(manifests, 'Secret').find(({ metadata }) => metadata.name === secret);
  return [...(external?.spec?.data ?? []).map(({ secretKey }) => secretKey), ...Object.keys(own?.data ?? {})];
}

export const keys: readonly Policy[] = [
  {
    name: 'API_KEYS_FILE is a file of a Secret, whose changes reach a running pod',
    violations({ manifests }: Overlay): string[] {
      const { keysFile } = gatewaySettings(manifests).auth;
      if (keysFile === undefined) return [];
      const gateway = workloads(manifests).find(({ name }) => name === 'document-gateway');
      const mount = gateway?.containers[0]?.volumeMounts?.find(
        ({ mountPath }) => mountPath === posix.dirname(keysFile),
      );
      const volume = gateway?.pod.volumes?.find(({ name }) => name === mount?.name);
      const rules: Readonly<Record<string, boolean>> = {
        'its folder is not mounted': mount !== undefined,
        'kubelet never renews what is mounted by subPath': mount?.subPath === undefined,
        'the pod may write to it': mount?.readOnly === true,
        'it is in no Secret': filesOf(manifests, volume?.secret?.secretName).includes(
          posix.basename(keysFile),
        ),
      };
      return failing(
        Object.keys(rules),
        (rule) => rules[rule] === true,
        (rule) => rule,
      );
    },
  },
  {
    name: 'where a Gateway is in front, its word on the address of a client is believed, and nobody else’s',
    violations({ manifests }: Overlay): string[] {
      const expected = all(manifests, 'Gateway').length > 0 ? 1 : undefined;
      const { trustedProxies } = gatewaySettings(manifests).http;
      return trustedProxies === expected ? [] : [`TRUST_PROXY is ${String(trustedProxies)}`];
    },
  },
];
