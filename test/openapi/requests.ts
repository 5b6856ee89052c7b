import fc, { type Arbitrary } from 'fast-check';
import type { OpenApi, Parameter, Schema } from './openapi.ts';

/** A request as sent. */
export interface WireRequest {
  readonly method: string;
  readonly target: string;
  readonly bytes: Buffer;
}

/** Values that valid requests need. */
export interface Known {
  readonly key: string;
  /** Entity tags of documents in earlier answers. The list may grow while requests are made. */
  readonly entityTags: readonly string[];
}

const METHODS = ['OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'QUERY', 'get', 'CONNECT', 'BREW', ''];

/** Random bytes, one for each character. */
const junk = (maxLength: number): Arbitrary<string> =>
  fc
    .uint8Array({ maxLength })
    .map((bytes) => Buffer.from(bytes).toString('latin1'))
    .filter((text) => !/[\r\n]/.test(text));

/** Any value that a header field may have (RFC 9110, section 5.5). */
const fieldValue = (maxLength: number): Arbitrary<string> =>
  fc
    .array(fc.integer({ min: 0x20, max: 0xff }), { maxLength })
    .map((codes) => String.fromCharCode(...codes.filter((code) => code !== 0x7f)));

const printable = (maxLength: number): Arbitrary<string> =>
  fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    maxLength,
  });

const tag: Arbitrary<string> = printable(30).map((text) => `"${text.replaceAll('"', '')}"`);

/**
 * Requests for every operation of a document and for unknown ones: with values inside, at and outside the limits of
 * the schemas, with valid, wrong and missing keys, and with fitting and unfitting headers.
 */
export function requests(document: OpenApi, known: Known): Arbitrary<WireRequest> {
  return fc.oneof(
    ...Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { parameters = [] }]) => ({
        // Operations with more parameters have more variations.
        weight: 3 + 2 * parameters.length,
        arbitrary: fc
          .tuple(
            mostly(fc.constant(method.toUpperCase()), fc.constantFrom(...METHODS)),
            target(path, parameters),
            headers(parameters, mediaTypesOf(document), known),
            mostly(fc.constant('1.1'), fc.constantFrom('1.0', '1.1', '2.0', '0.9', '')),
          )
          .map(([verb, where, lines, version]) => toWire(verb, where, lines, version)),
      })),
    ),
  );
}

const mostly = <Value>(usual: Arbitrary<Value>, odd: Arbitrary<Value>): Arbitrary<Value> =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: odd });

function toWire(method: string, target: string, lines: readonly string[], version: string): WireRequest {
  const text = [`${method} ${target} HTTP/${version}`, 'Host: gateway.test', ...lines, '', ''].join('\r\n');
  return { method, target, bytes: Buffer.from(text, 'latin1') };
}

function target(path: string, parameters: readonly Parameter[]): Arbitrary<string> {
  const parts = path.split(/(\{\w+\})/).map((part) => {
    const parameter = parameters.find(({ name, in: place }) => place === 'path' && part === `{${name}}`);
    return parameter === undefined
      ? fc.constant(part)
      : fc.oneof({ weight: 3, arbitrary: allowed(parameter.schema) }, { weight: 1, arbitrary: segment() });
  });
  const query = mostly(
    fc.constant(''),
    fc.oneof(fc.constantFrom('?', '?download=1', '?a[]=%zz', '#x'), junk(20)),
  );
  const prefix = mostly(fc.constant(''), fc.constantFrom('http://gateway.test', '/', '/.', 'ftp://a'));
  return fc
    .tuple(prefix, fc.tuple(...parts), query)
    .map(([before, segments, after]) => (before + segments.join('') + after).replaceAll(/[ \t]/g, ''));
}

/** A value that the schema allows. */
function allowed(schema: Schema): Arbitrary<string> {
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as string[]));
  if (typeof schema['pattern'] === 'string') return fc.stringMatching(new RegExp(schema['pattern']));
  return printable(20);
}

/** A path segment that a schema may not expect. */
function segment(): Arbitrary<string> {
  return fc.oneof(
    fc.stringMatching(/^[0-9]{1,25}$/),
    fc.constantFrom(
      '%',
      '%zz',
      '%00',
      '%2f',
      '%2e%2e',
      '..',
      '.',
      '%ff',
      '%c0%af',
      '-1',
      '1e3',
      '0x1',
      '{id}',
      '١',
      '~',
    ),
    fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => encodeURIComponent(text.toWellFormed())),
    fc.integer({ min: 1_900, max: 2_100 }).map((length) => '1'.repeat(length)),
    junk(20),
  );
}

function headers(
  parameters: readonly Parameter[],
  mediaTypes: readonly string[],
  { key, entityTags }: Known,
): Arbitrary<readonly string[]> {
  const line = (name: string, value: Arbitrary<string>): Arbitrary<readonly string[]> =>
    fc
      .option(value, { freq: 2, nil: undefined })
      .map((text) => (text === undefined ? [] : [`${name}: ${text}`]));
  const learned = fc.nat().map((at) => entityTags[at % (entityTags.length || 1)] ?? '"none"');
  const condition = fc.oneof(
    learned,
    tag,
    fc.constant('*'),
    fc
      .array(
        fc.oneof(
          learned,
          tag,
          tag.map((weak) => `W/${weak}`),
        ),
        { maxLength: 4 },
      )
      .map((tags) => tags.join(', ')),
    fieldValue(30),
  );
  const range = fc.oneof(
    fc.tuple(fc.nat(60_000), fc.nat(60_000)).map(([first, last]) => `bytes=${first}-${last}`),
    fc.nat(60_000).map((first) => `bytes=${first}-`),
    fc.nat(60_000).map((last) => `bytes=-${last}`),
    fc.constantFrom('bytes=0-0,-1', 'bytes=', 'bytes=-', 'items=0-1', 'bytes=99999999999999999999-'),
    fieldValue(20),
  );
  const accept = fc.oneof(
    fc
      .array(
        fc.tuple(
          fc.constantFrom(...mediaTypes, '*/*', 'text/*'),
          fc.constantFrom('', ';q=0', ';q=0.5', ';q=x'),
        ),
        {
          maxLength: 4,
        },
      )
      .map((ranges) => ranges.map(([type, quality]) => type + quality).join(', ')),
    fieldValue(30),
  );
  const known = parameters
    .filter(({ in: place }) => place === 'header')
    .map(({ name }) => line(name, name === 'Range' ? range : condition));
  // The two headers make sense only together.
  const part = fc.tuple(learned, range).map(([tag, bytes]) => [`If-Range: ${tag}`, `Range: ${bytes}`]);
  if (parameters.some(({ name }) => name === 'Range'))
    known.push(fc.oneof(fc.constant<readonly string[]>([]), part));
  return fc
    .tuple(
      mostly(fc.constant([`X-API-KEY: ${key}`]), line('X-API-KEY', fc.oneof(printable(40), fieldValue(40)))),
      ...known,
      line('Accept', accept),
      line(
        'Accept-Encoding',
        fc.oneof(fc.constantFrom('gzip', 'identity;q=0', '*;q=0', 'br, gzip;q=0.1'), fieldValue(20)),
      ),
      line('X-Request-Id', fc.oneof(printable(150), fieldValue(40))),
      mostly(
        fc.constant<readonly string[]>([]),
        fc.oneof(
          fc.tuple(printable(20), junk(60)).map(([name, value]) => [`${name}: ${value}`]),
          fc.constantFrom(
            ['Content-Length: 3'],
            ['Content-Length: -1'],
            ['Transfer-Encoding: chunked'],
            ['Host: another.test'],
            ['Expect: 100-continue'],
            ['Upgrade: h2c', 'Connection: upgrade'],
            [`X-Long: ${'a'.repeat(20_000)}`],
          ),
        ),
      ),
    )
    .map((groups) => [...groups.flat(), 'Connection: close']);
}

function mediaTypesOf(document: OpenApi): readonly string[] {
  return [
    ...new Set(JSON.stringify(document.paths).match(/(?<=")(application|image|text)\/[\w.+-]+(?=":)/g)),
  ];
}
