import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makePng } from '../upstream/documents.ts';
import { withProcess } from './gateway-process.ts';
import type { Env } from './harness.ts';
import { selfSigned } from './self-signed.ts';

const KEY = 'the-key-of-the-process-4be7';
const png = makePng();
let folder: string;
let authority: string;
let server: Server;
let port: number;

beforeAll(async () => {
  const { key, cert } = selfSigned();
  folder = mkdtempSync(join(tmpdir(), 'document-gateway-tls-'));
  authority = join(folder, 'authority.pem');
  writeFileSync(authority, cert);
  server = createServer({ key, cert }, (_request, response) => {
    response.writeHead(200, { 'content-type': 'image/png', 'content-length': png.length }).end(png);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** The answer for an upstream at this host, and the cause in the log. */
async function ask(host: string, env: Env): Promise<{ status: number; body: Buffer; cause: unknown }> {
  const gateway = {
    API_KEY: KEY,
    HOST: '127.0.0.1',
    PORT: '0',
    UPSTREAM_URL: `https://${host}:${port}/{id}`,
    MAX_ATTEMPTS: '1',
    DRAIN_DELAY_MS: '0',
    ...env,
  };
  let answer: { status: number; body: Buffer; cause: unknown } | undefined;
  await withProcess({ env: gateway }, async (process) => {
    const response = await fetch(`${await process.listening()}/1`, { headers: { 'x-api-key': KEY } });
    const body = Buffer.from(await response.arrayBuffer());
    process.kill('SIGTERM');
    await process.exited;
    const line = process.lines.find(({ documentId }) => documentId === '1');
    answer = { status: response.status, body, cause: line?.['cause'] };
  });
  if (answer === undefined) throw new Error('there was no answer');
  return answer;
}

describe('an upstream behind TLS', () => {
  it('should be used when a known authority has signed its certificate', async () => {
    const { status, body } = await ask('127.0.0.1', { NODE_EXTRA_CA_CERTS: authority });
    expect(status).toBe(200);
    expect(body.equals(png)).toBe(true);
  });

  it.each<[string, string, boolean, RegExp]>([
    ['nobody vouches for it', '127.0.0.1', false, /self-signed certificate/],
    ['its certificate has another name', 'localhost', true, /altnames|does not match/],
  ])('should get no request when %s', async (_, host, isKnown, cause) => {
    const answer = await ask(host, { ...(isKnown && { NODE_EXTRA_CA_CERTS: authority }) });
    expect(answer.status).toBe(502);
    expect(answer.body.toString()).not.toMatch(/certificate|127\.0\.0\.1|localhost/);
    expect(answer.cause).toMatch(cause);
  });
});
