import { afterEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { testingModule } from '../module.fixture.ts';
import { OpenApiController } from './openapi.controller.ts';
import file from './openapi.json' with { type: 'json' };
import { OpenApiModule } from './openapi.module.ts';

const modules: TestingModule[] = [];

async function served(env: Readonly<Record<string, string>> = {}): Promise<typeof file> {
  const module = await testingModule([OpenApiModule], env).compile();
  modules.push(module);
  return JSON.parse(module.get(OpenApiController).json) as typeof file;
}

afterEach(() => Promise.all(modules.splice(0).map((module) => module.close())));

describe('the served document', () => {
  it('should be the file, with the default pattern of ids', async () => {
    expect(await served()).toEqual(file);
  });

  it('should have the pattern of ids of this app alone', async () => {
    const patterns = (document: typeof file): unknown[] =>
      Object.values(document.paths['/{id}']).map(
        ({ parameters }) => parameters.find(({ name }) => name === 'id')?.schema,
      );
    const other = await served({ DOCUMENT_ID_PATTERN: '[a-z]{3}' });
    expect(patterns(other)).toEqual(
      patterns(file).map(() => ({ type: 'string', pattern: '^(?:[a-z]{3})$' })),
    );
    expect(patterns(await served())).toEqual(patterns(file));
  });
});
