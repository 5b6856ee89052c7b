type Env = Readonly<Record<string, string | undefined>>;

/**
 * Whether the environment enables tracing: by an OTLP endpoint or by `OTEL_TRACES_EXPORTER`, unless that is `none` or
 * `OTEL_SDK_DISABLED` is `true`. Empty variables count as unset, as OpenTelemetry specifies.
 */
export function tracingWanted(env: Env): boolean {
  const value = (name: string): string => env[name]?.trim() ?? '';
  if (value('OTEL_SDK_DISABLED').toLowerCase() === 'true') return false;
  const exporter = value('OTEL_TRACES_EXPORTER');
  if (exporter !== '') return exporter !== 'none';
  return value('OTEL_EXPORTER_OTLP_ENDPOINT') !== '' || value('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') !== '';
}
