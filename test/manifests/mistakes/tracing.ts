import { settings } from './configuration.ts';
import type { Mistakes } from './mistake.ts';

export const tracingMistakes: Mistakes = {
  'what is said of tracing is understood: OpenTelemetry passes over what is not': [
    { mistake: 'a sampler without a collector', make: settings({ OTEL_TRACES_SAMPLER: 'always_on' }) },
    {
      mistake: 'the port for gRPC',
      component: 'tracing',
      make: settings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://opentelemetry-collector.monitoring.svc:4317' }),
    },
    {
      mistake: 'no address',
      component: 'tracing',
      make: settings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'opentelemetry-collector.monitoring.svc:4318' }),
    },
    {
      mistake: 'a misspelt sampler',
      component: 'tracing',
      make: settings({ OTEL_TRACES_SAMPLER: 'parentbased_traceid_ratio' }),
    },
    {
      mistake: 'a part in per cent',
      component: 'tracing',
      make: settings({ OTEL_TRACES_SAMPLER_ARG: '10' }),
    },
  ],
};
