import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import type { Manifest } from './manifest.ts';

/** A folder with published CustomResourceDefinitions beside the repository. It may be missing. */
const FOLDER = fileURLToPath(new URL('../../../shared/schemas/', import.meta.url));

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  type?: string;
  [keyword: string]: unknown;
}

interface CustomResourceDefinition {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

/** Validators by apiVersion and kind. */
export const crdValidators: ReadonlyMap<string, ValidateFunction> = new Map(
  (existsSync(FOLDER) ? readdirSync(FOLDER) : [])
    .filter((name) => name.endsWith('.crd.yaml'))
    .map((name) => parse(readFileSync(FOLDER + name, 'utf8')) as CustomResourceDefinition)
    .flatMap(({ spec: { group, names, versions } }) =>
      versions.map(({ name, schema }): [string, ValidateFunction] => [
        `${group}/${name} ${names.kind}`,
        new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(
          strict({ ...schema.openAPIV3Schema, properties: withoutMetadata(schema.openAPIV3Schema) }),
        ),
      ]),
    ),
);

/** The errors of an object by the schema of its CRD. Empty when there is no CRD for it. */
export function crdErrors(manifest: Manifest): string[] {
  const validate = crdValidators.get(`${manifest.apiVersion} ${manifest.kind}`);
  validate?.(manifest);
  return (
    validate?.errors?.map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    ) ?? []
  );
}

/** Removes `metadata`, which the API server checks and a CRD does not describe. */
function withoutMetadata({ properties }: Schema): Record<string, Schema> {
  return { ...properties, metadata: {} };
}

/** Rejects unknown fields, unless the CRD keeps them, and translates keywords of Kubernetes. */
function strict(schema: Schema): Schema {
  const { properties, items, additionalProperties, ...rest } = schema;
  if (schema['x-kubernetes-int-or-string'] === true) return { type: ['integer', 'string'] as never };
  return {
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, strict(each)])),
      additionalProperties: schema['x-kubernetes-preserve-unknown-fields'] === true,
    }),
    ...(items && { items: strict(items) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: strict(additionalProperties) }),
  };
}
