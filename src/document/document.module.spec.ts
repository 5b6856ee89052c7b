import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Registry } from 'prom-client';
import { makeDocuments } from '../../test/upstream/documents.ts';
import { testingModule } from '../module.fixture.ts';
import { Deadline } from '../resilience/deadline.ts';
import { ResilienceModule } from '../resilience/resilience.module.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import { UpstreamClient } from '../upstream/upstream.client.ts';
import { DeliveryPolicy } from './delivery-policy.ts';
import type { VerifiedDocument } from './document-source.ts';
import { DocumentModule } from './document.module.ts';

const { png } = makeDocuments();
const damaged = png.subarray(0, -100);
/** The answers of the upstream, in order. */
let answers: (Buffer | Error)[] = [];
const upstream = {
  fetch: () => {
    const [answer = new Error('asked too often')] = answers.splice(0, 1);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(Buffer.from(answer));
  },
};
let module: TestingModule;

beforeEach(async () => {
  module = await testingModule([ResilienceModule, DocumentModule])
    .overrideProvider(UpstreamClient)
    .useValue(upstream)
    .compile();
});
afterEach(() => module.close());

async function deliver(...from: readonly (Buffer | Error)[]): Promise<VerifiedDocument> {
  answers = [...from];
  const deadline = new Deadline(10_000);
  try {
    const { signal } = deadline;
    return await module
      .get(DeliveryPolicy)
      .fetch({ id: '1', deadline, signal, headers: {}, record: {}, span: undefined });
  } finally {
    deadline.clear();
  }
}

async function count(name: string, label: string): Promise<number | undefined> {
  const { values = [] } = (await module.get(Registry).getSingleMetric(name)?.get()) ?? {};
  return values.find(({ labels }) => Object.values(labels).includes(label))?.value;
}

describe('the delivery of documents', () => {
  it('should deliver a document that the upstream gives whole', async () => {
    const { bytes, format } = await deliver(png);
    expect(bytes.equals(png)).toBe(true);
    expect(format.mediaType).toBe('image/png');
  });

  it('should ask again for one that is damaged, and count it', async () => {
    const { bytes } = await deliver(damaged, damaged, png);
    expect(bytes.equals(png)).toBe(true);
    expect(await count('upstream_attempts_total', 'damaged')).toBe(2);
    expect(await count('upstream_attempts_total', 'intact')).toBe(1);
  });

  it('should say what is wrong when there is none', async () => {
    await expect(
      deliver(new UpstreamFailure('not-found', 'the upstream answered 404')),
    ).rejects.toMatchObject({
      type: 'document-not-found',
    });
    await expect(deliver(...Array<Buffer>(5).fill(damaged))).rejects.toMatchObject({
      type: 'document-damaged',
    });
  });
});
