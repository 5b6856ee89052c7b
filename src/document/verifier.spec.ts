import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { makePdf, makePng } from '../../test/upstream/documents.ts';
import { parseSettings } from '../settings/settings.ts';
import { entityTag } from './entity-tag.ts';
import { Verifier } from './verifier.ts';

const verifiers: Verifier[] = [];

afterEach(async () => {
  await Promise.all(verifiers.splice(0).map((verifier) => verifier.onApplicationShutdown()));
});

function verifierOf(level = 'deep', remembered = '10'): Verifier {
  const verifier = new Verifier(
    parseSettings({ API_KEY: 'a-key', VERIFY_LEVEL: level, REMEMBERED_DOCUMENTS: remembered }),
  );
  verifiers.push(verifier);
  return verifier;
}

const { signal } = new AbortController();

/** In a buffer of its own, as an answer of the upstream is. */
function own(bytes: Uint8Array): Buffer {
  const buffer = Buffer.allocUnsafeSlow(bytes.length);
  buffer.set(bytes);
  return buffer;
}

/** Whether the memory of a buffer has gone to another thread. */
const isGone = (bytes: Buffer): boolean => bytes.buffer.byteLength === 0;

describe('Verifier', () => {
  it('should verify a small document where it is', async () => {
    const bytes = own(makePng());
    const { bytes: same, ...inspection } = await verifierOf().verify(bytes, signal);
    expect(inspection).toEqual({
      format: { name: 'png', mediaType: 'image/png', extension: 'png' },
      verdict: { intact: true, complete: true },
      entityTag: entityTag(bytes),
    });
    expect(same).toBe(bytes);
  });

  it('should verify a large document on another thread, and give its bytes back unchanged', async () => {
    const pdf = makePdf({ bytes: 600_000 });
    const bytes = own(pdf);
    const verification = await verifierOf().verify(bytes, signal);
    expect(isGone(bytes)).toBe(true);
    expect(verification.bytes.equals(pdf)).toBe(true);
    expect(verification).toMatchObject({
      format: { mediaType: 'application/pdf', extension: 'pdf' },
      verdict: { intact: true, complete: true },
      entityTag: entityTag(pdf),
    });
  });

  it('should find the damage in a large document too', async () => {
    const bytes = own(makePdf({ bytes: 600_000 }));
    bytes.writeUInt8(bytes.readUInt8(300_000) ^ 1, 300_000);
    const { format, verdict } = await verifierOf().verify(bytes, signal);
    expect(format?.name).toBe('pdf');
    expect(verdict.intact).toBe(false);
  });

  it('should hand a small document that inflates to much to another thread', async () => {
    const pdf = withStream(deflateSync(Buffer.alloc(64_000_000)));
    const bytes = own(pdf);
    expect(bytes.length).toBeLessThan(100_000);
    const verification = await verifierOf().verify(bytes, signal);
    expect(verification.verdict).toEqual({ intact: true, complete: true });
    expect(isGone(bytes)).toBe(true);
    expect(verification.bytes.equals(pdf)).toBe(true);
  });

  it('should know a PDF again by its bytes, wherever they stand', async () => {
    const verifier = verifierOf();
    const first = await verifier.verify(own(makePdf()), signal);
    const bytes = own(makePdf());
    expect(await verifier.verify(bytes, signal)).toEqual({ ...first, bytes, remembered: true });
    expect(first).not.toHaveProperty('remembered');
  });

  it('should know a PNG again once it came twice', async () => {
    const verifier = verifierOf();
    const first = await verifier.verify(own(makePng()), signal);
    expect(await verifier.verify(own(makePng()), signal)).toEqual(first);
    const bytes = own(makePng());
    expect(await verifier.verify(bytes, signal)).toEqual({ ...first, bytes, remembered: true });
  });

  it.each([
    ['PDF that it knows by its digest', makePdf({ bytes: 5_000 }), 1],
    ['PDF that it has kept', makePdf({ bytes: 5_000 }), 3],
    ['PNG that it has kept', makePng({ bytes: 5_000 }), 3],
  ])('should find each flipped bit of a %s', async (_, document, times) => {
    const verifier = verifierOf();
    for (let time = 0; time < times; time += 1) await verifier.verify(own(document), signal);
    for (let at = 0; at < document.length; at += 7) {
      const flipped = own(document);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
      expect(await verifier.verify(flipped, signal)).not.toHaveProperty('remembered');
    }
  });

  it.each([
    ['is damaged', () => withStream(randomBytes(100)), '10'],
    [
      'goes to another thread for what it inflates to',
      () => withStream(deflateSync(Buffer.alloc(64_000_000))),
      '10',
    ],
    ['is large', () => makePdf({ bytes: 600_000 }), '10'],
    ['is a PNG that came but once, which takes less than its digest', () => makePng(), '10'],
    ['comes when nothing is to be remembered', () => makePdf(), '0'],
  ])('should verify anew what %s', async (_, make, remembered) => {
    const verifier = verifierOf('deep', remembered);
    const bytes = make();
    const { verdict } = await verifier.verify(own(bytes), signal);
    const again = await verifier.verify(own(bytes), signal);
    expect(again.verdict).toEqual(verdict);
    expect(again).not.toHaveProperty('remembered');
  });

  it('should forget what was seen longest ago', async () => {
    const verifier = verifierOf('deep', '2');
    const pdfs = [5_000, 5_001, 5_002].map((bytes) => makePdf({ bytes }));
    for (const pdf of pdfs) await verifier.verify(own(pdf), signal);
    const [oldest, , newest] = pdfs;
    expect(await verifier.verify(own(newest ?? Buffer.of()), signal)).toHaveProperty('remembered');
    expect(await verifier.verify(own(oldest ?? Buffer.of()), signal)).not.toHaveProperty('remembered');
  });

  it('should look at streams only when it is told to', async () => {
    const broken = withStream(randomBytes(100));
    expect((await verifierOf('deep').verify(own(broken), signal)).verdict.intact).toBe(false);
    expect((await verifierOf('structure').verify(own(broken), signal)).verdict.intact).toBe(true);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a page of HTML', Buffer.from('<!DOCTYPE html><html></html>')],
    ['noise', randomBytes(10_000)],
    ['much noise', randomBytes(600_000)],
  ])('should take %s for no document', async (_, bytes) => {
    const { format, verdict } = await verifierOf().verify(own(bytes), signal);
    expect([format, verdict]).toEqual([undefined, { intact: false, reason: 'unsupported' }]);
  });

  it('should stop waiting when nobody wants the document any more', async () => {
    const controller = new AbortController();
    const verifying = verifierOf().verify(own(makePdf({ bytes: 5_000_000 })), controller.signal);
    controller.abort(new Error('left'));
    await expect(verifying).rejects.toThrow('left');
  });

  it('should verify many at once, each for whom it belongs to', async () => {
    const verifier = verifierOf();
    const sizes = Array.from({ length: 12 }, (_, index) => 300_000 + index);
    const verified = await Promise.all(
      sizes.map(async (bytes) => verifier.verify(own(makePng({ bytes })), signal)),
    );
    expect(verified.map(({ bytes }) => bytes.length)).toEqual(sizes);
    expect(verified.every(({ verdict }) => verdict.intact)).toBe(true);
  });
});

/** A PDF of one page whose content is this Flate stream. */
function withStream(stream: Buffer): Buffer {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>',
  ];
  const parts = [Buffer.from('%PDF-1.4\n')];
  const offsets: number[] = [];
  const write = (...more: readonly (string | Buffer)[]): void => {
    for (const part of more) parts.push(Buffer.from(part));
  };
  const length = (): number => parts.reduce((sum, part) => sum + part.length, 0);
  for (const [index, object] of objects.entries()) {
    offsets.push(length());
    write(`${index + 1} 0 obj\n${object}\nendobj\n`);
  }
  offsets.push(length());
  write(
    `4 0 obj\n<< /Length ${stream.length} /Filter /FlateDecode >>\nstream\n`,
    stream,
    '\nendstream\nendobj\n',
  );
  const xref = length();
  const entries = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  write(
    `xref\n0 5\n0000000000 65535 f \n${entries}trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`,
  );
  return Buffer.concat(parts);
}
