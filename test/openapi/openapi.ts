import { readFileSync } from 'node:fs';

/** The parts of an OpenAPI document that the tests read. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly headers: Readonly<Record<string, Header>>;
    readonly responses: Readonly<Record<string, Response>>;
  };
}

export interface Operation {
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<Record<string, Response | Reference>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: Schema;
  readonly example?: string;
}

export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Header | Reference>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

export interface MediaType {
  readonly schema: Schema;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface Header {
  readonly required: boolean;
  readonly schema: Schema;
  readonly example: string;
}

export interface Reference {
  readonly $ref: string;
}

export type Schema = Readonly<Record<string, unknown>>;

/** The committed document, which describes the service with its default settings. */
export const committed = JSON.parse(
  readFileSync(new URL('../../src/openapi/openapi.json', import.meta.url), 'utf8'),
) as OpenApi;

/** Resolves a reference within the document. */
export function resolve<Value extends object>(value: Value | Reference, document: OpenApi): Value {
  if (!('$ref' in value)) return value;
  const parts = value.$ref.split('/').slice(1);
  return parts.reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], document) as Value;
}
