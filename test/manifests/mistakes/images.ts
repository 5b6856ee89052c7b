import { CONTAINER, GATEWAY, type Mistake, type Mistakes, set } from './mistake.ts';

const image = (name: string): Mistake['make'] => set(GATEWAY, `${CONTAINER}.image`, name);

export const imageMistakes: Mistakes = {
  'every image has a tag that never moves, in production a release': [
    { mistake: 'latest', make: image('ghcr.io/example/document-gateway:latest') },
    { mistake: 'no tag', make: image('ghcr.io/example/document-gateway') },
    { mistake: 'a branch', make: image('ghcr.io/example/document-gateway:main') },
    { mistake: 'a part of a version', make: image('ghcr.io/example/document-gateway:1.2') },
    {
      mistake: 'a build in production',
      environment: 'production',
      make: image(`ghcr.io/example/document-gateway:sha-${'0'.repeat(40)}`),
    },
  ],
  'every image is one that the workflows of this repository publish, or one of the few that are named': [
    { mistake: 'an image of somebody else', make: image('ghcr.io/somebody/document-gateway:1.0.0') },
    {
      mistake: 'another Valkey',
      component: 'valkey',
      make: set('Deployment valkey', `${CONTAINER}.image`, 'somebody/valkey:9.1.4'),
    },
    { mistake: 'another registry', make: image('docker.io/example/document-gateway:1.0.0') },
  ],
  'the stand-in upstream is for dev alone': [
    { mistake: 'the stand-in in staging', make: image('ghcr.io/example/document-gateway-upstream:1.0.0') },
  ],
};
