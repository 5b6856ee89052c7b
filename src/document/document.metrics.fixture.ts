import { Test } from '@nestjs/testing';
import { Registry } from 'prom-client';
import { DocumentMetrics, documentMetrics } from './document.metrics.ts';

/** The metrics of the folder, in a registry of their own. */
export async function buildDocumentMetrics(): Promise<DocumentMetrics> {
  const registry = { provide: Registry, useValue: new Registry() };
  const module = await Test.createTestingModule({
    providers: [registry, DocumentMetrics, ...documentMetrics],
  }).compile();
  return module.get(DocumentMetrics);
}
