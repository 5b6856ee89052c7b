import { afterEach, describe, expect, it } from '@jest/globals';
import type { HealthIndicatorService } from '@nestjs/terminus';
import type { PinoLogger } from 'nestjs-pino';
import { eventually } from '../../test/eventually.ts';
import { Readiness } from '../health/readiness.ts';
import type { DeliveryPolicy } from './delivery-policy.ts';
import type { VerifiedDocument } from './document-source.ts';
import { documentConfig } from './document.config.ts';
import { ReadinessDocument } from './readiness-document.ts';

let released = 0;
const document = { release: () => (released += 1) } as unknown as VerifiedDocument;
let probe: ReadinessDocument | undefined;

afterEach(() => {
  probe?.onModuleDestroy();
  released = 0;
});

/** Starts with these settings. Every fetch has the same result. */
function start(fetch: () => Promise<VerifiedDocument>, env: Readonly<Record<string, string>>): Readiness {
  const readiness = new Readiness({} as HealthIndicatorService);
  const logger = { info: () => undefined, warn: () => undefined } as unknown as PinoLogger;
  const config = documentConfig(env);
  probe = new ReadinessDocument(config, { fetch } as unknown as DeliveryPolicy, readiness, logger);
  probe.onApplicationBootstrap();
  return readiness;
}

const withDocument = { READINESS_DOCUMENT: '7' };

describe('ReadinessDocument', () => {
  it('should neither hold back nor request anything without the setting', () => {
    let asked = 0;
    const readiness = start(() => {
      asked += 1;
      return Promise.resolve(document);
    }, {});
    expect(readiness.heldBackBy).toBeUndefined();
    expect(asked).toBe(0);
  });

  it('should hold back from the start until the document is delivered, and release it', async () => {
    const readiness = start(() => Promise.resolve(document), withDocument);
    expect(readiness.heldBackBy).toBe('the readiness document was not fetched yet');
    await eventually(() => {
      expect(readiness.heldBackBy).toBeUndefined();
    });
    expect(released).toBe(1);
  });

  it('should not take a last good copy for a document that was fetched', async () => {
    const readiness = start(() => Promise.resolve({ ...document, ageSeconds: 3 }), withDocument);
    await eventually(() => {
      expect(readiness.heldBackBy).toBe('upstream-failed: Only a last good copy was delivered.');
    });
    expect(released).toBe(1);
  });

  it('should show no details of a defect', async () => {
    const readiness = start(
      () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.1:80')),
      withDocument,
    );
    await eventually(() => {
      expect(readiness.heldBackBy).toBe('internal-error: see the log');
    });
  });
});
