import { expect } from '@jest/globals';
import request from 'supertest';
import type { Gateway } from './harness.ts';

/** The body of an answer to a health check. */
export interface Health {
  readonly status: string;
  readonly details: Readonly<Record<string, { readonly status: string }>>;
}

/** The result of the readiness check: its HTTP status, its own status, and the parts that are not up. */
export async function readiness({ origin }: Gateway): Promise<readonly [number, string, readonly string[]]> {
  const answer = await request(origin).get('/health/ready');
  const health = answer.body as Health;
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  expect(JSON.stringify(health)).not.toMatch(/127\.0\.0\.1|ECONN/);
  const notUp = Object.entries(health.details).filter(([, { status: one }]) => one !== 'up');
  return [answer.status, health.status, notUp.map(([name]) => name)];
}
