import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { Sampler } from '@opentelemetry/sdk-trace';

/**
 * Creates the sampler from `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`. The default keeps every trace unless
 * its parent is not sampled. As OpenTelemetry specifies, invalid values count as unset.
 */
export function samplerFrom(env: Readonly<Record<string, string | undefined>>): Sampler {
  const [, parentBased, name] = /^(parentbased_)?(.*)$/.exec(env['OTEL_TRACES_SAMPLER']?.trim() ?? '') ?? [];
  const root = rootSampler(name, env['OTEL_TRACES_SAMPLER_ARG']);
  return parentBased === undefined && root !== undefined
    ? root
    : new ParentBasedSampler({ root: root ?? new AlwaysOnSampler() });
}

function rootSampler(name: string | undefined, argument = ''): Sampler | undefined {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio': {
      const ratio = Number(argument);
      return new TraceIdRatioBasedSampler(argument !== '' && ratio >= 0 && ratio <= 1 ? ratio : 1);
    }
    default:
      return undefined;
  }
}
