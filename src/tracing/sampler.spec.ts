import { describe, expect, it } from '@jest/globals';
import { samplerFrom } from './sampler.ts';

const described = (name?: string, argument?: string): string =>
  samplerFrom({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument }).toString();

describe('the sampler', () => {
  it.each([
    [undefined, undefined, 'AlwaysOnSampler'],
    ['parentbased_always_on', undefined, 'AlwaysOnSampler'],
    ['parentbased_always_off', undefined, 'AlwaysOffSampler'],
    ['parentbased_traceidratio', '0.25', 'TraceIdRatioBased{0.25}'],
    ['jaeger_remote', undefined, 'AlwaysOnSampler'],
    ['', '', 'AlwaysOnSampler'],
  ])('should follow the parent first when it is %s (%s)', (name, argument, root) => {
    expect(described(name, argument)).toContain(`ParentBased{root=${root},`);
  });

  it.each([
    ['always_on', undefined, 'AlwaysOnSampler'],
    ['always_off', undefined, 'AlwaysOffSampler'],
    ['traceidratio', '0.25', 'TraceIdRatioBased{0.25}'],
    ['traceidratio', undefined, 'TraceIdRatioBased{1}'],
    ['traceidratio', '7', 'TraceIdRatioBased{1}'],
  ])('should ignore the parent when it is %s (%s)', (name, argument, sampler) => {
    expect(described(name, argument)).toBe(sampler);
  });
});
