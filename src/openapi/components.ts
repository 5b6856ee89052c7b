import { z } from 'zod';
import { problems, type ProblemType, problemTypeUri } from '../problem/problem.ts';
import { headers } from './headers.ts';
import { problemAnswers, problemSchema } from './problem-answers.ts';

/** A JSON object. The document is only written, so OpenAPI types would add nothing. */
export type Json = Readonly<Record<string, unknown>>;

/** Converts a schema to JSON Schema 2020-12, the dialect of OpenAPI 3.1. */
function jsonSchema(schema: z.ZodType): Json {
  const json = Object.entries(z.toJSONSchema(schema));
  return Object.fromEntries(json.filter(([name]) => name !== '$schema'));
}

/** The headers of every answer to a request that was counted against a rate limit. */
export const RATE_HEADERS = ['ratelimit-policy', 'ratelimit'] as const;

const pascal = (name: string): string =>
  name.replaceAll(/(?:^|-)(\w)/g, (_match, letter: string) => letter.toUpperCase());

/** The shared components of the document. Each is added at its first reference. */
export class Components {
  readonly #schemas: Record<string, Json> = {};
  readonly #headers: Record<string, Json> = {};
  readonly #responses: Record<string, Json> = {};

  constructor() {
    const unmatched = (Object.keys(problems) as ProblemType[]).filter(
      (type) => problemAnswers[type].scope === 'none',
    );
    for (const type of unmatched) this.problem([type]);
    this.#responses['Options'] = {
      description: 'The methods of a path, for OPTIONS, without an API key',
      headers: this.headers(['x-request-id', 'allow?']),
    };
  }

  schema(schema: z.ZodType): Json {
    const id = schema.meta()?.id;
    const json = jsonSchema(schema);
    if (id === undefined) return json;
    this.#schemas[id] ??= (json['$defs'] as Record<string, Json>)[id] ?? {};
    return { $ref: `#/components/schemas/${id}` };
  }

  /** @throws Error for an undescribed header */
  headers(described: readonly string[]): Json {
    return Object.fromEntries(
      described.map((each) => {
        const required = !each.endsWith('?');
        const header = headers[each.replace('?', '')];
        if (header === undefined) throw new Error(`${each} is not described: add it to the headers`);
        const { name, description, schema, example } = header;
        const key = required ? name : `${name}.optional`;
        this.#headers[key] ??= { description, required, schema: this.schema(schema), example };
        return [name, { $ref: `#/components/headers/${key}` }];
      }),
    );
  }

  /** References the answer for these problems, which share a status. */
  problem(types: readonly ProblemType[]): Json {
    const key = types.map(pascal).join('Or');
    this.#responses[key] ??= this.#problem(types);
    return { $ref: `#/components/responses/${key}` };
  }

  /** The same answer without its body, for HEAD. */
  problemHead(types: readonly ProblemType[]): Json {
    const { description, headers } = this.#problem(types);
    return { description, headers };
  }

  #problem(types: readonly ProblemType[]): Json {
    const { status } = problems[types[0] ?? 'internal-error'];
    // A header is optional unless all these problems have it.
    const named = new Set(types.flatMap((type) => problemAnswers[type].headers ?? []));
    const always = [...named].filter((name) =>
      types.every((type) => problemAnswers[type].headers?.includes(name)),
    );
    const sometimes = [...named].filter((name) => !always.includes(name));
    return {
      description: types.map((type) => problems[type].title).join('; or: '),
      headers: this.headers([
        'x-request-id',
        'cache-control',
        ...always,
        ...sometimes.map((name) => `${name.replace('?', '')}?`),
        // The API key of the request may belong to a consumer with a rate limit.
        ...RATE_HEADERS.filter((name) => !named.has(name)).map((name) => `${name}?`),
      ]),
      content: {
        'application/problem+json': {
          schema: {
            allOf: [this.schema(problemSchema)],
            properties: { type: { enum: types.map(problemTypeUri) }, status: { const: status } },
          },
          examples: Object.fromEntries(types.map((type) => [type, { value: problemExample(type) }])),
        },
      },
    };
  }

  toJson(): Json {
    return {
      securitySchemes: {
        apiKey: {
          type: 'apiKey',
          in: 'header',
          name: 'X-API-KEY',
          description: 'The operator issues API keys.',
        },
      },
      schemas: this.#schemas,
      headers: this.#headers,
      responses: this.#responses,
    };
  }
}

function problemExample(type: ProblemType): Json {
  const { title, status } = problems[type];
  const instance = headers['x-request-id']?.example;
  return { type: problemTypeUri(type), title, status, detail: problemAnswers[type].detail, instance };
}
