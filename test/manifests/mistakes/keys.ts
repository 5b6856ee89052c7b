import { settings } from './configuration.ts';
import { CONTAINER, GATEWAY, type Mistakes, POD, set, without } from './mistake.ts';

const component = 'api-keys-file';
const MOUNT = `${CONTAINER}.volumeMounts.0`;

export const keyMistakes: Mistakes = {
  'API_KEYS_FILE is a file of a Secret, whose changes reach a running pod': [
    { mistake: 'a file that is mounted nowhere', make: settings({ API_KEYS_FILE: '/keys/keys.json' }) },
    { mistake: 'a subPath', component, make: set(GATEWAY, `${MOUNT}.subPath`, 'keys.json') },
    { mistake: 'another folder', component, make: set(GATEWAY, `${MOUNT}.mountPath`, '/keys') },
    { mistake: 'a folder to write to', component, make: set(GATEWAY, `${MOUNT}.readOnly`, false) },
    {
      mistake: 'another file',
      component,
      make: settings({ API_KEYS_FILE: '/etc/document-gateway/consumers.json' }),
    },
    {
      mistake: 'a Secret of another name',
      component,
      make: set(GATEWAY, `${POD}.volumes.0.secret.secretName`, 'keys'),
    },
    {
      mistake: 'a Secret that nobody makes',
      component,
      make: without('ExternalSecret document-gateway-consumers'),
    },
  ],
  'where a Gateway is in front, its word on the address of a client is believed, and nobody else’s': [
    { mistake: 'a Gateway that nobody believes', make: settings({ TRUST_PROXY: '' }) },
    { mistake: 'one proxy too many', make: settings({ TRUST_PROXY: '2' }) },
    { mistake: 'trust without a Gateway', environment: 'dev', make: settings({ TRUST_PROXY: '1' }) },
  ],
};
