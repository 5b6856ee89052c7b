import { type ConfigFactoryKeyHost, registerAs } from '@nestjs/config';
import { z } from 'zod';
import { SettingsError } from './settings-error.ts';

/** Environment variables by name: those of the process, or those of a test. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of a module by their names in the code: the variable that each comes from, and the kind of its value. */
type Variables = Readonly<Record<string, readonly [variable: string, kind: z.ZodType]>>;

type Schema<Of extends Variables> = z.ZodObject<{ -readonly [Name in keyof Of]: Of[Name][1] }>;

/** Parses the settings of one module, and is the token by which they are injected. */
export interface Namespace<Values> extends ConfigFactoryKeyHost<Values> {
  (env?: Environment): Values;
  /** The environment variables that it reads. */
  readonly variables: readonly string[];
}

/** Gives the settings of a module in an app. */
export type SettingsOf = <Values>(namespace: Namespace<Values>) => Values;

/**
 * The settings of a module: `@Inject(upstreamConfig.KEY) config: ConfigType<typeof upstreamConfig>`. An app binds each namespace to the
 * environment that it was given; without one, the namespace gives the defaults. No namespace reads the environment of the process.
 *
 * A variable that is empty or blank counts as unset: many deployment tools cannot leave one out.
 *
 * @param module the name of its folder
 * @param rules adds what is to hold between several settings of the module, and what follows from them
 * @returns a function that gives the values, frozen, and throws SettingsError with one line for each variable that is wrong
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

/**
 * For the `when` of a rule over these settings of a module: it is checked unless one of them is wrong itself. By default, zod
 * skips all rules while any setting of the module is wrong, and the mistakes would come out one by one.
 */
export function unlessWrong(...names: readonly string[]): (payload: z.core.ParsePayload) => boolean {
  return ({ issues }) => !issues.some(({ path }) => names.includes(String(path?.[0])));
}

function unlessBlank(value: string | undefined): string | undefined {
  return value?.trim() === '' ? undefined : value;
}
