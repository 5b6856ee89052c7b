type Env = Readonly<Record<string, string | undefined>>;

/**
 * Whether the environment asks for traces: by an OTLP endpoint or `OTEL_TRACES_EXPORTER`, and unless that is
 * `none` or `OTEL_SDK_DISABLED` is `true`. Empty variables count as absent, as OpenTelemetry wants it.
 */
export function tracingWanted(env: Env): boolean {
  const value = (name: string): string => env[name]?.trim() ?? '';
  if (value('OTEL_SDK_DISABLED').toLowerCase() === 'true') return false;
  const exporter = value('OTEL_TRACES_EXPORTER');
  if (exporter !== '') return exporter !== 'none';
  return value('OTEL_EXPORTER_OTLP_ENDPOINT') !== '' || value('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') !== '';
}
