import { IMAGE, UPSTREAM_IMAGE } from '../../repository.ts';
import { workloads } from '../manifest.ts';
import { failing, type Policy } from './policy.ts';

/** A digest, the tag of a commit, or a release: references that never move to another image. */
const IMMUTABLE = /(@sha256:[0-9a-f]{64}|:build-\d{8}-[0-9a-f]{40}|:\d+\.\d+\.\d+)$/;
const RELEASE = /(@sha256:[0-9a-f]{64}|:\d+\.\d+\.\d+)$/;

/** Images of components that are not built here. */
const OF_OTHERS = ['valkey/valkey'];

function images(manifests: Parameters<typeof workloads>[0]): string[] {
  return workloads(manifests).flatMap(({ containers }) => containers.flatMap(({ image }) => image ?? 'none'));
}

const withoutTag = (image: string): string => image.replace(/[@:][^/]*$/, '');

export const imagePolicies: readonly Policy[] = [
  {
    name: 'every image has a tag that never moves, in production and plain a release',
    violations: ({ manifests, environment }) =>
      failing(
        images(manifests),
        (image) => (['production', 'plain'].includes(environment) ? RELEASE : IMMUTABLE).test(image),
        (image) => image,
      ),
  },
  {
    name: 'every image is one that the workflows of this repository publish, or one of the few that are named',
    violations: ({ manifests }) =>
      failing(
        images(manifests),
        (image) => [IMAGE, UPSTREAM_IMAGE, ...OF_OTHERS].includes(withoutTag(image)),
        (image) => image,
      ),
  },
  {
    name: 'the stand-in upstream is for dev and plain alone',
    violations: ({ manifests, environment }) =>
      ['dev', 'plain'].includes(environment)
        ? []
        : images(manifests).filter((image) => withoutTag(image) === UPSTREAM_IMAGE),
  },
];
