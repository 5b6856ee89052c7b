import { IMAGE, UPSTREAM_IMAGE } from '../../repository.ts';
import { CONTAINER, GATEWAY, type Mistake, type Mistakes, set } from './mistake.ts';

const image = (name: string): Mistake['make'] => set(GATEWAY, `${CONTAINER}.image`, name);

export const imageMistakes: Mistakes = {
  'every image has a tag that never moves, in production and plain a release': [
    { mistake: 'latest', make: image(`${IMAGE}:latest`) },
    { mistake: 'no tag', make: image(IMAGE) },
    { mistake: 'a branch', make: image(`${IMAGE}:main`) },
    { mistake: 'a part of a version', make: image(`${IMAGE}:1.2`) },
    {
      mistake: 'a build in production',
      environment: 'production',
      make: image(`${IMAGE}:build-00000000-${'0'.repeat(40)}`),
    },
  ],
  'every image is one that the workflows of this repository publish, or one of the few that are named': [
    { mistake: 'an image of somebody else', make: image(`${IMAGE}-of-somebody:1.0.0`) },
    {
      mistake: 'another Valkey',
      component: 'valkey',
      make: set('Deployment valkey', `${CONTAINER}.image`, 'somebody/valkey:9.1.4'),
    },
    { mistake: 'another registry', make: image(IMAGE.replace(/^[^/]+/, 'elsewhere.example.com') + ':1.0.0') },
  ],
  'the stand-in upstream is for dev and plain alone': [
    { mistake: 'the stand-in in staging', make: image(`${UPSTREAM_IMAGE}:1.0.0`) },
  ],
};
