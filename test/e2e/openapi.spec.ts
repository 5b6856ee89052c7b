import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { formats, mediaTypes } from '../../src/formats/formats.ts';
import { problems, type ProblemType, problemTypeUri } from '../../src/problem/problem.ts';
import { AnswerChecker } from '../openapi/answer-checker.ts';
import { committed, type OpenApi, type Operation, resolve } from '../openapi/openapi.ts';
import { type Gateway, startGateway, withGateway } from './harness.ts';
import { converse } from './raw-http.ts';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
});

afterAll(() => gateway.close());

const ask = (headers: Readonly<Record<string, string>> = {}): request.Test =>
  request(gateway.origin).get('/openapi.json').set(headers);

describe('GET /openapi.json', () => {
  it('should be open, and kept by caches for a while', async () => {
    const answer = await ask().expect(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'public, max-age=300',
      etag: expect.stringMatching(/^"[\w-]{22}"$/),
    });
    expect(answer.body).toMatchObject({ openapi: '3.1.1' });
  });

  it('should not be sent to clients that have it', async () => {
    const { etag = '' } = (await ask()).headers as Record<string, string>;
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await ask({ 'if-none-match': known }).expect(304);
      expect([answer.headers['etag'], answer.text]).toEqual([etag, '']);
    }
    await ask({ 'if-none-match': '"other"' }).expect(200);
  });

  it('should be the committed document', async () => {
    expect((await ask()).body).toEqual(committed);
  });

  it('should have the ids that the service was told of', async () => {
    const idIn = ({ paths }: OpenApi): unknown => paths['/{id}']?.['get']?.parameters?.[0]?.schema;
    expect(idIn(committed)).toEqual({ type: 'string', pattern: '^(?:[0-9]{1,20})$' });
    await gateway.close();
    await withGateway({ DOCUMENT_ID_PATTERN: '[a-f]{2}|x' }, {}, async ({ origin }) => {
      const { body } = (await request(origin).get('/openapi.json').expect(200)) as { body: OpenApi };
      expect(idIn(body)).toEqual({ type: 'string', pattern: '^(?:[a-f]{2}|x)$' });
      // Nothing else depends on the settings.
      const ofDefault = JSON.stringify('^(?:[0-9]{1,20})$');
      const ofService = JSON.stringify('^(?:[a-f]{2}|x)$');
      expect(body).toEqual(JSON.parse(JSON.stringify(committed).replaceAll(ofDefault, ofService)));
    });
    gateway = await startGateway();
  });

  it('should have every route that is served, with every method', () => {
    const described = Object.entries(committed.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = gateway.app.getHttpAdapter().getInstance();
    for (const each of described) {
      const [method = '', path = ''] = each.split(' ');
      expect([each, served.hasRoute({ method, url: path.replace(/\{(\w+)\}/, ':$1') })]).toEqual([
        each,
        true,
      ]);
    }
    // The tree has one line for each segment that ends a route, with its methods.
    const methods = [...served.printRoutes({ commonPrefix: false }).matchAll(/ \(([A-Z, ]+)\)$/gm)];
    expect(methods.flatMap(([, list = '']) => list.split(', '))).toHaveLength(described.length);
  });

  it('should have no security for the routes that need no API key, and only for those', async () => {
    for (const [path, methods] of Object.entries(committed.paths)) {
      for (const [method, { security, parameters = [] }] of Object.entries(methods)) {
        const target = path.replaceAll(/\{(\w+)\}/g, (_match, parameter: string) => {
          return parameters.find(({ name }) => name === parameter)?.example ?? parameter;
        });
        const head = `${method.toUpperCase()} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
        const { answers } = await converse(gateway.port, head, { toHead: method === 'head' });
        const isOpen = answers[0]?.status !== 401;
        expect([method, path, security]).toEqual([method, path, isOpen ? [] : undefined]);
      }
    }
  });
});

describe('the harness of these tests', () => {
  it('should fail for an undescribed answer to any client', async () => {
    await gateway.close();
    const started = await startGateway();
    Reflect.deleteProperty(started.openApi.paths['/health']?.['get']?.responses ?? {}, '200');
    Reflect.deleteProperty(started.openApi.components.responses, 'HeadersTooLarge');
    await request(started.origin).get('/health/live').expect(200);
    await request(started.origin).get('/health').expect(200);
    await converse(started.port, `GET / HTTP/1.1\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`, {
      untilClosed: true,
    });
    await expect(started.close()).rejects.toThrow(
      /^not as \/openapi.json has it:\nGET \/health → 200: the status is not described\nunreadable {2}→ 431: .*$/,
    );
  });
});

describe('the document', () => {
  const checker = new AnswerChecker(committed);
  const operations = Object.values(committed.paths).flatMap((methods) => Object.values<Operation>(methods));
  const responses = [
    ...operations.flatMap((operation) => Object.values(operation.responses)),
    ...Object.values(committed.components.responses),
  ].map((response) => resolve(response, committed));

  it('should have every kind of problem, by an example that is one', () => {
    const examples = responses.flatMap(({ content }) =>
      Object.values(content?.['application/problem+json']?.examples ?? {}).map(({ value }) => value),
    );
    for (const type of Object.keys(problems) as ProblemType[]) {
      const { status, title } = problems[type];
      expect(examples).toContainEqual(expect.objectContaining({ type: problemTypeUri(type), status, title }));
    }
  });

  it('should have examples that are as it says', () => {
    let count = 0;
    for (const { content = {} } of responses) {
      for (const { schema, examples = {} } of Object.values(content)) {
        for (const { value } of Object.values(examples)) {
          expect([value, checker.validate(schema, value)]).toEqual([value, []]);
          count += 1;
        }
      }
    }
    for (const { schema, example } of Object.values(committed.components.headers)) {
      expect([example, checker.validate(schema, example)]).toEqual([example, []]);
    }
    for (const { schema, example } of operations.flatMap(({ parameters = [] }) => parameters)) {
      if (example === undefined) continue;
      expect([example, checker.validate(schema, example)]).toEqual([example, []]);
    }
    expect(count).toBeGreaterThan(20);
  });

  it('should have an example for each answer with a body that is text', () => {
    const bodies = responses.flatMap(({ content = {} }) => Object.entries(content));
    const without = bodies
      .filter(([, { examples }]) => examples === undefined)
      .map(([mediaType]) => mediaType);
    expect([...new Set(without)].sort()).toEqual(['application/pdf', 'image/jpeg', 'image/png']);
  });

  it('should have the media types of the formats, and their extensions', () => {
    const byId = committed.paths['/{id}']?.['get']?.responses ?? {};
    for (const status of ['200', '206']) {
      const { content = {} } = resolve(byId[status] ?? { description: '' }, committed);
      expect([status, Object.keys(content).sort()]).toEqual([status, [...mediaTypes].sort()]);
    }
    const disposition = committed.components.headers['Content-Disposition']?.schema ?? {};
    for (const extension of [...formats.map((format) => format.extension), 'txt']) {
      const complaints = checker.validate(disposition, `inline; filename="1.${extension}"`);
      expect([extension, complaints.length]).toEqual([extension, extension === 'txt' ? 1 : 0]);
    }
  });

  it('should describe for HEAD what it does for GET, without content and without ranges', () => {
    for (const [path, { get, head }] of Object.entries(committed.paths)) {
      const described = Object.entries(head?.responses ?? {}).map(
        ([status, response]) => [status, resolve(response, committed)] as const,
      );
      const expected = Object.entries(get?.responses ?? {})
        .filter(([status]) => status !== '206' && status !== '416')
        .map(([status, response]) => {
          const { description, headers } = resolve(response, committed);
          return [status, { description, headers }] as const;
        });
      expect([path, described]).toEqual([path, expected]);
      expect([path, head?.parameters, head?.security]).toEqual([path, get?.parameters, get?.security]);
    }
  });

  it('should name each operation once, and use each component', () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    const text = JSON.stringify(committed);
    const { schemas, headers } = committed.components;
    for (const pointer of [
      ...Object.keys(schemas).map((name) => `schemas/${name}`),
      ...Object.keys(headers).map((name) => `headers/${name}`),
    ])
      expect(text).toContain(`"#/components/${pointer}"`);
  });
});
