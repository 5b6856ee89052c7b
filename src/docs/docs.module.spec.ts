import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { testingModule } from '../module.fixture.ts';
import { DocsController } from './docs.controller.ts';
import { DocsModule } from './docs.module.ts';

let module: TestingModule;
let docs: DocsController;

beforeEach(async () => {
  module = await testingModule([DocsModule]).compile();
  docs = module.get(DocsController);
});
afterEach(() => module.close());

interface Answer {
  code: number;
  headers: Record<string, string>;
  body: Buffer | undefined;
}

async function ask(name: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const answer: Answer = { code: 200, headers: {}, body: undefined };
  const reply = {
    code: (code: number) => {
      answer.code = code;
      return reply;
    },
    header: (key: string, value: string) => reply.headers({ [key]: value }),
    headers: (more: Record<string, string>) => {
      Object.assign(answer.headers, more);
      return reply;
    },
    send: (body?: Buffer) => (answer.body = body),
  };
  await docs.file(name, { headers } as unknown as FastifyRequest, reply as unknown as FastifyReply);
  return answer;
}

describe('a file of the page', () => {
  it('should be compressed for clients that accept it', async () => {
    const [plain, compressed] = [await ask('page.css'), await ask('page.css', { 'accept-encoding': 'gzip' })];
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(compressed.headers['content-encoding']).toBe('gzip');
    expect(compressed.body?.readUInt16BE(0)).toBe(0x1f8b);
    expect(plain.headers['etag']).not.toBe(compressed.headers['etag']);
  });

  it('should not be sent again', async () => {
    const { headers } = await ask('page.js');
    expect(await ask('page.js', { 'if-none-match': headers['etag'] ?? '' })).toMatchObject({
      code: 304,
      body: undefined,
    });
  });

  it.each(['other.js', '../package.json', 'page.js.gz'])(
    'should be one of the page, unlike %s',
    async (name) => {
      await expect(ask(name)).rejects.toMatchObject({ type: 'route-not-found' });
    },
  );
});
