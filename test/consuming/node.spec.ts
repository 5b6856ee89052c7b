import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Gateway, KEY, startGateway } from '../e2e/harness.ts';
import { committed } from '../openapi/openapi.ts';
import { parseHttpFile } from './http-file.ts';
import { runAgainst, runBesideFailure } from './run.ts';
import { snippets } from './snippets.ts';
import { compile, folder, writeTypes } from './typed-client.ts';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ MAX_ATTEMPTS: '1' });
  await writeTypes(gateway.openApi);
});

afterAll(() => gateway.close());

const A_DOCUMENT = /^(application\/pdf 13000|image\/png 48000)\n$/;

describe('the example for browsers', () => {
  it('should fetch a document, after a failure too', async () => {
    expect(snippets('js')).toHaveLength(1);
    const source = `const { GATEWAY_URL, API_KEY } = process.env;\n${snippets('js').join('')}`;
    expect(
      await runBesideFailure(gateway, process.execPath, ['--input-type=module', '--eval', source], folder),
    ).toMatch(A_DOCUMENT);
  });
});

describe('the example in TypeScript', () => {
  const [example = ''] = snippets('ts');

  it('should compile, and fetch a document, after a failure too', async () => {
    expect(compile('example.ts', example)).toEqual([]);
    expect(await runBesideFailure(gateway, process.execPath, ['example.ts'], folder)).toMatch(A_DOCUMENT);
  });

  it.each([
    ['a path', "'/{id}'", "'/documents/{id}'"],
    ['a parameter', 'id:', 'number:'],
    ['a field of a problem', 'error.detail', 'error.reason'],
  ])('should not compile with %s that is not there', (_, right, wrong) => {
    expect(example).toContain(right);
    expect(compile('wrong.ts', example.replace(right, wrong))).not.toEqual([]);
  });
});

describe('a client that was generated', () => {
  beforeAll(async () => {
    await gateway.close();
    gateway = await startGateway();
  });

  it('should compile for every operation, and find each answered as it was told', async () => {
    const asked = Object.entries(committed.paths).flatMap(([path, operations]) =>
      (['get', 'head'] as const).map((method) => {
        const required = (operations[method]?.parameters ?? []).filter(
          (parameter) => parameter.in === 'path',
        );
        const values = Object.fromEntries(required.map(({ name, example }) => [name, example]));
        const options = required.length === 0 ? '' : `params: { path: ${JSON.stringify(values)} },`;
        return `await told('${path}', await gateway.${method.toUpperCase()}('${path}', { ${options} parseAs: 'text' }));`;
      }),
    );
    const source = [
      "import createClient from 'openapi-fetch';",
      "import type { paths } from './gateway.d.ts';",
      'const { GATEWAY_URL, API_KEY } = process.env;',
      "const gateway = createClient<paths>({ baseUrl: GATEWAY_URL ?? '', headers: { 'X-API-KEY': API_KEY ?? '' } });",
      'async function told(path: string, { response, error }: { response: Response; error?: unknown }): Promise<void> {',
      '  console.log(path, response.status, error === undefined);',
      '}',
      ...asked,
    ].join('\n');
    expect(compile('every-operation.ts', source)).toEqual([]);
    const printed = await runAgainst(gateway, process.execPath, ['every-operation.ts'], folder);
    const lines = printed.trimEnd().split('\n');
    expect(lines).toHaveLength(asked.length);
    expect(lines.filter((line) => !line.endsWith(' 200 true'))).toEqual([]);
  });
});

describe('docs/requests.http', () => {
  const text = readFileSync(new URL('../../docs/requests.http', import.meta.url), 'utf8');
  const read = (source: string): ReturnType<typeof parseHttpFile> =>
    parseHttpFile(source, { GATEWAY_URL: gateway.origin, API_KEY: KEY });

  it('should be answered as each request expects', async () => {
    const requests = read(text);
    expect(requests).toHaveLength(text.match(/^### /gm)?.length ?? 0);
    for (const { name, method, url, headers, expected } of requests) {
      const { status } = await fetch(url, { method, headers });
      expect([name, status]).toEqual([name, expected]);
    }
  });

  it.each([
    '### A\nGET {{url}}/1\n',
    '### A\n# @expect 200\nGET {{nothing}}/1\n',
    '### A\n# @expect 200\nget it\n',
  ])('should be read with care: %j', (wrong) => {
    expect(() => read(`@url = {{$processEnv GATEWAY_URL}}\n${wrong}`)).toThrow();
  });
});
