import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { SECURITY_HEADERS } from '../../src/http/security-headers.ts';
import {
  type Header,
  type MediaType,
  type OpenApi,
  type Operation,
  resolve,
  type Response,
  type Schema,
} from './openapi.ts';

/** A request and its answer. The names of headers are in lower case. */
export interface Answer {
  readonly method: string;
  /** The request target as sent. */
  readonly target: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Headers of the connection or of every HTTP answer, which the document does not describe. */
const TRANSPORT_HEADERS = new Set(['connection', 'content-type', 'date', 'keep-alive', 'transfer-encoding']);
/** Allowed where it is not described, because it repeats the length of the body. */
const LENGTH = 'content-length';
/**
 * Headers for browsers, which the document describes once for all answers. `Vary` may be present because of the
 * origin.
 */
const FOR_BROWSERS = /^(?:access-control-.*|vary)$/;

/** Problem types with several details, because a consumer can tell their causes apart. */
const SEVERAL_DETAILS = new Set(['malformed-request', 'method-not-allowed', 'not-acceptable', 'overloaded']);

/** Checks answers against an OpenAPI document. */
export class AnswerChecker {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, unicodeRegExp: false });
  readonly #document: OpenApi;
  readonly #validators = new Map<Schema, ValidateFunction>();

  constructor(document: OpenApi) {
    this.#document = document;
    this.#ajv.addSchema({ $id: 'openapi', components: document.components });
  }

  /** The errors of an answer, one line each. Empty when the document allows it. */
  complaints(answer: Answer): readonly string[] {
    const operation = this.operation(answer.method, answer.target);
    const responses = this.#responses(operation, answer.status);
    const tried = responses.map((response) => this.#check(answer, response, operation));
    const [first] = tried.sort((one, other) => one.length - other.length);
    const complaints = first ?? [`the status is not described`];
    const what = `${answer.method} ${answer.target.slice(0, 80)} → ${answer.status}`;
    return complaints.map((complaint) => `${what}: ${complaint}`);
  }

  /** The operation of a request, if any. */
  operation(method: string, target: string): Operation | undefined {
    const path = target.replace(/^https?:\/\/[^/]*/, '').split(/[?#]/, 1)[0] ?? '';
    const { paths } = this.#document;
    const template = Object.hasOwn(paths, path)
      ? path
      : Object.keys(paths).find((each) =>
          new RegExp(`^${each.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
        );
    // RFC 9110, section 9.1: methods are case-sensitive.
    const isMethod = method === method.toUpperCase();
    return template === undefined || !isMethod ? undefined : paths[template]?.[method.toLowerCase()];
  }

  /** A request without an operation may get any response of the components. */
  #responses(operation: Operation | undefined, status: number): readonly Response[] {
    if (operation === undefined) {
      const { Options, ...problems } = this.#document.components.responses;
      if (status === 204) return Options === undefined ? [] : [Options];
      return Object.values(problems).filter((response) =>
        JSON.stringify(response.content).includes(`"const":${status}`),
      );
    }
    const response = operation.responses[status];
    return response === undefined ? [] : [resolve(response, this.#document)];
  }

  #check(answer: Answer, response: Response, operation: Operation | undefined): readonly string[] {
    const described = Object.entries(response.headers ?? {}).map(
      ([name, header]) => [name.toLowerCase(), resolve<Header>(header, this.#document)] as const,
    );
    const names = new Set(described.map(([name]) => name));
    return [
      ...described.flatMap(([name, header]) => this.#checkHeader(name, header, answer.headers[name])),
      ...Object.keys(answer.headers)
        .filter((name) => !names.has(name) && !TRANSPORT_HEADERS.has(name) && name !== LENGTH)
        .filter((name) => !(name in SECURITY_HEADERS) && !FOR_BROWSERS.test(name))
        .map((name) => `the header ${name} is not described`),
      ...Object.keys(SECURITY_HEADERS)
        .filter((name) => !(name in answer.headers))
        .map((name) => `the header ${name} is missing`),
      ...this.#checkBody(answer, response, operation),
    ];
  }

  #checkHeader(name: string, header: Header, value: string | undefined): readonly string[] {
    if (value === undefined) return header.required ? [`the header ${name} is missing`] : [];
    return this.validate(header.schema, value).map((error) => `the header ${name}: ${error}`);
  }

  #checkBody(
    { method, target, status, headers, body }: Answer,
    response: Response,
    operation: Operation | undefined,
  ): readonly string[] {
    const isHead = method === 'HEAD';
    if (isHead && body.length > 0) return ['an answer to HEAD has a body'];
    // HEAD has no bodies in the document, but its answers have the type of GET.
    const content = (isHead && operation ? this.#contentOfGet(target, status) : response.content) ?? {};
    const [mediaType = ''] = (headers['content-type'] ?? '').split(';');
    if (Object.keys(content).length === 0) {
      return mediaType === '' && body.length === 0 ? [] : ['a body is not described'];
    }
    const described = content[mediaType];
    if (described === undefined) return [`the media type ${mediaType || '(none)'} is not described`];
    if (headers[LENGTH] !== undefined && !isHead && Number(headers[LENGTH]) !== body.length) {
      return [`Content-Length is ${headers[LENGTH]}, and the body has ${body.length} bytes`];
    }
    const value = parse(mediaType, body);
    return isHead
      ? []
      : [...this.validate(described.schema, value), ...checkTexts(value, described.examples)];
  }

  #contentOfGet(target: string, status: number): Response['content'] {
    return this.#responses(this.operation('GET', target), status)[0]?.content;
  }

  /** The errors of a value. References in the schema are those of the document. */
  validate(schema: Schema, value: unknown): readonly string[] {
    let validator = this.#validators.get(schema);
    if (validator === undefined) {
      const text = JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"openapi#/');
      validator = this.#ajv.compile(JSON.parse(text) as Schema);
      this.#validators.set(schema, validator);
    }
    if (validator(value)) return [];
    return (validator.errors ?? []).map(({ instancePath, message = '' }) =>
      `${instancePath} ${message}`.trim(),
    );
  }
}

/**
 * A problem must have the title and the detail of its example, except for numbers, unless its type has several
 * details.
 */
function checkTexts(value: unknown, examples: MediaType['examples']): readonly string[] {
  const { type = '', title, detail = '' } = (value ?? {}) as Partial<Record<string, string>>;
  const name = type.split(':').at(-1) ?? '';
  const example = examples?.[name]?.value as Partial<Record<string, string>> | undefined;
  if (example === undefined) return [];
  const texts = (of: string | undefined): string | undefined => of?.replaceAll(/\d+/g, '0');
  return [
    ...(title === example['title'] ? [] : [`the title is ${title}, in the example ${example['title']}`]),
    ...(SEVERAL_DETAILS.has(name) || texts(detail) === texts(example['detail'])
      ? []
      : [`the detail is ${detail}, in the example ${example['detail']}`]),
  ];
}

/** The parsed body of an answer. */
function parse(mediaType: string, body: Buffer): unknown {
  if (!/[/+]json$/.test(mediaType)) return body.toString('latin1');
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    return undefined;
  }
}
