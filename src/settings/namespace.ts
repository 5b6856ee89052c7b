import { type ConfigFactoryKeyHost, registerAs } from '@nestjs/config';
import * as z from 'zod';
import { SettingsError } from './settings-error.ts';

/** Environment variables by name: those of the process, or those of a test. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of a module by name: the environment variable and the kind of value of each. */
type Variables = Readonly<Record<string, readonly [variable: string, kind: z.ZodType]>>;

type Schema<Of extends Variables> = z.ZodObject<{ -readonly [Name in keyof Of]: Of[Name][1] }>;

/** Parses the settings of one module. Also the injection token of these settings. */
export interface Namespace<Values> extends ConfigFactoryKeyHost<Values> {
  (env?: Environment): Values;
  readonly variables: readonly string[];
}

/**
 * Defines the settings of a module, injected by its `KEY`. Without an environment, the result has the defaults.
 * @param rules adds rules that concern several settings, and derived values
 * @returns a function that returns the frozen values, and throws SettingsError with one line for each wrong variable
 */
export function namespace<const Of extends Variables, Values extends object = z.output<Schema<Of>>>(
  module: string,
  variables: Of,
  rules?: (schema: Schema<Of>) => z.ZodType<Values>,
): Namespace<Readonly<Values>> {
  const entries = Object.entries(variables);
  const object = z.object(Object.fromEntries(entries.map(([name, [, kind]]) => [name, kind]))) as Schema<Of>;
  const schema = rules?.(object) ?? (object as unknown as z.ZodType<Values>);
  const parse = (env: Environment = {}): Readonly<Values> => {
    const parsed = schema.safeParse(
      Object.fromEntries(entries.map(([name, [variable]]) => [name, unlessBlank(env[variable])])),
    );
    if (parsed.success) return Object.freeze(parsed.data);
    const lines = parsed.error.issues.map(
      ({ path, message }) => `${variables[String(path[0])]?.[0]} ${message}`,
    );
    throw new SettingsError(lines);
  };
  return Object.assign(registerAs(module, parse), { variables: entries.map(([, [variable]]) => variable) });
}

/** A `when` condition. By default zod skips all rules while any setting is wrong: mistakes come one at a time. */
export function unlessWrong(...names: readonly string[]): (payload: z.core.ParsePayload) => boolean {
  return ({ issues }) => !issues.some(({ path }) => names.includes(String(path?.[0])));
}

/** An empty or blank variable counts as unset: many deployment tools cannot leave one out. */
function unlessBlank(value: string | undefined): string | undefined {
  return value?.trim() === '' ? undefined : value;
}
