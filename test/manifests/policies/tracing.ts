import { tracingWanted } from '../../../src/tracing/wanted.ts';
import type { Manifest } from '../manifest.ts';
import { gatewayEnvironment } from './configuration.ts';
import type { Overlay, Policy } from './policy.ts';
import { isTracingSetting } from './tracing-settings.ts';

const SAMPLERS = /^(parentbased_)?(always_on|always_off|traceidratio)$/;

/** The address that spans are sent to, or undefined without tracing. */
export function collectorUrl(manifests: readonly Manifest[]): string | undefined {
  const environment = gatewayEnvironment(manifests);
  if (!tracingWanted(environment)) return undefined;
  return (
    environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ??
    environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ??
    'http://localhost:4318'
  );
}

export const tracing: readonly Policy[] = [
  {
    name: 'what is said of tracing is understood: OpenTelemetry passes over what is not',
    violations({ manifests }: Overlay): string[] {
      const environment = gatewayEnvironment(manifests);
      if (!Object.keys(environment).some(isTracingSetting)) return [];
      const { OTEL_TRACES_SAMPLER = 'always_on', OTEL_TRACES_SAMPLER_ARG = '1' } = environment;
      const collector = collectorUrl(manifests);
      const rules: Readonly<Record<string, boolean>> = {
        'it does not switch tracing on': collector !== undefined,
        'spans go nowhere': /^https?:\/\//.test(collector ?? 'http://'),
        'spans go to the port for gRPC': !/:4317\b/.test(collector ?? ''),
        'there is no such sampler': SAMPLERS.test(OTEL_TRACES_SAMPLER),
        'the part that is kept is none': /^(0(\.\d+)?|1)$/.test(OTEL_TRACES_SAMPLER_ARG),
      };
      return Object.keys(rules).filter((rule) => rules[rule] === false);
    },
  },
];
