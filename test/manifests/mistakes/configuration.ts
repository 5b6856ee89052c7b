import { all } from '../manifest.ts';
import {
  add,
  both,
  CONTAINER,
  GATEWAY,
  type Mistake,
  type Mistakes,
  set,
  unset,
  without,
} from './mistake.ts';

const KEYS = 'ExternalSecret document-gateway-keys';

/** Changes settings of the gateway in the ConfigMap of an overlay. */
export const settings =
  (change: Readonly<Record<string, string>>): Mistake['make'] =>
  (manifests) => {
    const own = all(manifests, 'ConfigMap').find(({ metadata }) =>
      /^document-gateway-[0-9a-z]{10}$/.test(metadata.name),
    );
    if (own === undefined) throw new Error('there is no ConfigMap of the overlay');
    Object.assign(own, { data: { ...own.data, ...change } });
  };

export const configurationMistakes: Mistakes = {
  'every setting is one that the service knows': [
    { mistake: 'a misspelt setting', make: settings({ LOG_LEVLE: 'info' }) },
    {
      mistake: 'a misspelt variable of OpenTelemetry',
      make: settings({ OTEL_EXPORTER_OLTP_ENDPOINT: 'http://collector:4318' }),
    },
    {
      mistake: 'a variable of OpenTelemetry that is not heeded',
      make: settings({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }),
    },
    { mistake: 'a misspelt key', make: set(KEYS, 'spec.data.0.secretKey', 'API_KEYS') },
  ],
  'the service starts with its settings': [
    { mistake: 'a wrong value', make: settings({ READINESS_UPSTREAM: 'sometimes' }) },
    { mistake: 'no key', make: without(KEYS) },
  ],
  'PORT, FLASK_PORT and the port of the container are one': [
    { mistake: 'another FLASK_PORT', make: settings({ FLASK_PORT: '8080' }) },
    { mistake: 'another PORT', make: settings({ PORT: '8080', FLASK_PORT: '8080' }) },
  ],
  'a changed setting rolls the pods: what they refer to is there, under a hashed name': [
    {
      mistake: 'a ConfigMap that is not there',
      make: set(GATEWAY, `${CONTAINER}.envFrom.0.configMapRef.name`, 'settings-0123456789'),
    },
    {
      mistake: 'a name without a hash',
      make: both(
        set(GATEWAY, `${CONTAINER}.envFrom.0.configMapRef.name`, 'settings'),
        add({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } }),
      ),
    },
    {
      mistake: 'a Secret that nobody makes',
      make: set(GATEWAY, `${CONTAINER}.envFrom.2.secretRef.name`, 'keys'),
    },
  ],
  'no sync takes away what the pods of an older setting start with': [
    {
      mistake: 'settings that are pruned',
      make: unset('ConfigMap document-gateway', 'metadata.annotations'),
    },
    {
      mistake: 'keys that are pruned',
      environment: 'dev',
      make: unset('Secret document-gateway-keys', 'metadata.annotations'),
    },
  ],
  'no secret is in Git outside dev': [
    {
      mistake: 'a Secret',
      make: add({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, data: {} }),
    },
  ],
  'each environment has keys of its own': [
    {
      mistake: 'the keys of production in staging',
      make: set(KEYS, 'spec.data.0.remoteRef.key', 'document-gateway/production'),
    },
  ],
};
