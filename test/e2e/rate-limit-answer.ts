import type request from 'supertest';

/** What an answer says of the rate. */
export interface Answer {
  readonly status: number;
  readonly policy: unknown;
  readonly limit: unknown;
  readonly retryAfter: unknown;
}

export async function ask(asking: request.Test): Promise<Answer> {
  const answer = await asking;
  const headers = answer.headers as Readonly<Record<string, string>>;
  return {
    status: answer.status,
    policy: headers['ratelimit-policy'],
    limit: headers['ratelimit'],
    retryAfter: headers['retry-after'],
  };
}
