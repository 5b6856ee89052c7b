import { Test } from '@nestjs/testing';
import { Registry } from 'prom-client';
import { DocumentMetrics, documentMetrics } from './document.metrics.ts';

/** Builds the metrics of this folder in their own registry. */
export async function buildDocumentMetrics(): Promise<DocumentMetrics> {
  const registry = { provide: Registry, useValue: new Registry() };
  const module = await Test.createTestingModule({
    providers: [registry, DocumentMetrics, ...documentMetrics],
  }).compile();
  return module.get(DocumentMetrics);
}
