import { expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { makeDocuments } from '../../test/upstream/documents.ts';
import { testingModule } from '../module.fixture.ts';
import { ResilienceModule } from '../resilience/resilience.module.ts';
import { VerificationModule } from './verification.module.ts';
import { Verifier } from './verifier.ts';

it('should verify at the level of the settings, and count queued documents', async () => {
  const modules = [ResilienceModule, VerificationModule];
  const module = await testingModule(modules, { VERIFY_LEVEL: 'structure' }).compile();
  const verifier = module.get(Verifier);
  expect(verifier.level).toBe('structure');
  const { verdict } = await verifier.verify(makeDocuments().pdf, new AbortController().signal);
  expect(verdict).toMatchObject({ intact: true });
  const queued = await module.get(Registry).getSingleMetric('verification_queued')?.get();
  expect(queued?.values).toMatchObject([{ value: 0 }]);
  await module.close();
});
