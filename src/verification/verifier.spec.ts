import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { makePdf, makePng } from '../../test/upstream/documents.ts';
import { ByteBudget } from '../resilience/byte-budget.ts';
import { entityTag } from './entity-tag.ts';
import { VerificationThread } from './verification-thread.ts';
import { verificationConfig } from './verification.config.ts';
import { Verifier } from './verifier.ts';

const verifiers: Verifier[] = [];

afterEach(async () => {
  await Promise.all(verifiers.splice(0).map((verifier) => verifier.onApplicationShutdown()));
});

const MIB = 1024 * 1024;
/** 64 KiB that inflate to 64 MiB. */
const zeros = deflateSync(Buffer.alloc(64 * MIB));

function verifierOf(level = 'deep', remembered = '10', budget = new ByteBudget(64 * MIB)): Verifier {
  const config = verificationConfig({ VERIFY_LEVEL: level, REMEMBERED_DOCUMENTS: remembered });
  const verifier = new Verifier(config, budget);
  verifiers.push(verifier);
  return verifier;
}

const { signal } = new AbortController();

/** Copies the bytes to their own buffer, like an answer of the upstream. */
function own(bytes: Uint8Array): Buffer {
  const buffer = Buffer.allocUnsafeSlow(bytes.length);
  buffer.set(bytes);
  return buffer;
}

/** Whether the memory of the buffer was transferred to another thread. */
const isGone = (bytes: Buffer): boolean => bytes.buffer.byteLength === 0;

describe('Verifier', () => {
  it.each([
    ['ERR_WORKER_INIT_FAILED', 'worker'],
    ['EMFILE', 'worker'],
    ['ERR_WORKER_OUT_OF_MEMORY', 'memory'],
  ])('should take %s of a worker for overload', async (code, reason) => {
    const failure = Object.assign(new Error(code), { code });
    const run = jest.spyOn(VerificationThread.prototype, 'run').mockRejectedValue(failure);
    try {
      const large = own(makePdf({ bytes: MIB }));
      await expect(verifierOf().verify(large, signal)).rejects.toMatchObject({ name: 'Overloaded', reason });
    } finally {
      run.mockRestore();
    }
  });

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

  it('should verify a small document that inflates to much on another thread', async () => {
    const pdf = withStream(zeros);
    const bytes = own(pdf);
    expect(bytes.length).toBeLessThan(100_000);
    const verification = await verifierOf().verify(bytes, signal);
    expect(verification.verdict).toEqual({ intact: true, complete: true });
    expect(isGone(bytes)).toBe(true);
    expect(verification.bytes.equals(pdf)).toBe(true);
  });

  it('should recognise a PDF by its bytes, at any place in memory', async () => {
    const verifier = verifierOf();
    const first = await verifier.verify(own(makePdf()), signal);
    const bytes = own(makePdf());
    expect(await verifier.verify(bytes, signal)).toEqual({ ...first, bytes, remembered: true });
    expect(first).not.toHaveProperty('remembered');
  });

  it('should recognise a PNG after it came twice', async () => {
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
    ['is a PNG that came but once, which takes less than its digest', () => makePng(), '10'],
    ['comes when nothing is to be remembered', () => makePdf(), '0'],
    ['is large, and comes when nothing is to be remembered', () => makePdf({ bytes: 600_000 }), '0'],
  ])('should verify again what %s', async (_, make, remembered) => {
    const verifier = verifierOf('deep', remembered);
    const bytes = make();
    const { verdict } = await verifier.verify(own(bytes), signal);
    const again = await verifier.verify(own(bytes), signal);
    expect(again.verdict).toEqual(verdict);
    expect(again).not.toHaveProperty('remembered');
  });

  it.each([
    ['is damaged', () => withStream(randomBytes(100))],
    ['is damaged and large', () => withStream(randomBytes(600_000))],
    ['goes to another thread for what it inflates to', () => withStream(zeros)],
    ['is large', () => makePdf({ bytes: 600_000 })],
    ['takes more work than there is', () => withStreams(70, zeros)],
  ])('should know again what %s', async (_, make) => {
    const verifier = verifierOf();
    const bytes = make();
    const { bytes: given, ...first } = await verifier.verify(own(bytes), signal);
    const { bytes: givenAgain, ...again } = await verifier.verify(own(bytes), signal);
    expect(first).not.toHaveProperty('remembered');
    expect(again).toEqual({ ...first, remembered: true });
    expect([given.equals(bytes), givenAgain.equals(bytes)]).toEqual([true, true]);
  });

  it.each([
    ['inflates to much', () => withStream(zeros)],
    ['has many small streams', () => withStreams(2_400, deflateSync(Buffer.alloc(800)).subarray(0, -2))],
    ['swells by ASCII85Decode', () => withStream(Buffer.alloc(240_000, 'z'), '/Filter[/A85/A85/A85]')],
    ['has much LZW in little', () => withStream(Buffer.alloc(240_000, 'z'), '/Filter[/A85/LZW]')],
  ])('should verify on another thread what is small and %s', async (_, make) => {
    const bytes = own(make());
    expect(bytes.length).toBeLessThan(MIB / 4);
    const verifying = verifierOf().verify(bytes, signal);
    expect(isGone(bytes)).toBe(true);
    expect((await verifying).bytes.equals(make())).toBe(true);
  });

  it('should count what workers may hold beside the documents', async () => {
    const budget = new ByteBudget(64 * MIB);
    const verifying = verifierOf('deep', '10', budget).verify(own(makePdf({ bytes: 600_000 })), signal);
    expect(budget.used).toBeGreaterThan(MIB);
    await verifying;
    expect(budget.used).toBe(0);
  });

  it('should verify a large document however little memory there is for others', async () => {
    const budget = new ByteBudget(1);
    const { verdict } = await verifierOf('deep', '10', budget).verify(
      own(makePdf({ bytes: 600_000 })),
      signal,
    );
    expect(verdict).toEqual({ intact: true, complete: true });
    expect(budget.used).toBe(0);
  });

  it.each([
    ['a document that ends early', () => makePdf({ bytes: 600_000 }), 1],
    ['a small document that needs much work', () => withStreams(20, zeros), 2],
    ['a document so large that it cannot end early', () => makePdf({ bytes: 9 * MIB }), 1],
  ])('should not start %s more often than necessary', async (_, make, times) => {
    const run = jest.spyOn(VerificationThread.prototype, 'run');
    try {
      const { verdict } = await verifierOf().verify(own(make()), signal);
      expect(verdict).toEqual({ intact: true, complete: true });
      expect(run).toHaveBeenCalledTimes(times);
    } finally {
      run.mockRestore();
    }
  });

  it('should not let a document wait for long verifications', async () => {
    const verifier = verifierOf();
    const slow = withStreams(32, zeros);
    const done: string[] = [];
    const verify = async (name: string, bytes: Buffer): Promise<void> => {
      await verifier.verify(own(bytes), signal);
      done.push(name);
    };
    await Promise.all([verify('slow', slow), verify('other', makePdf({ bytes: 600_000 }))]);
    expect(done).toEqual(['other', 'slow']);
  });

  it('should forget what was seen longest ago', async () => {
    const verifier = verifierOf('deep', '2');
    const pdfs = [5_000, 5_001, 5_002].map((bytes) => makePdf({ bytes }));
    for (const pdf of pdfs) await verifier.verify(own(pdf), signal);
    const [oldest, , newest] = pdfs;
    expect(await verifier.verify(own(newest ?? Buffer.of()), signal)).toHaveProperty('remembered');
    expect(await verifier.verify(own(oldest ?? Buffer.of()), signal)).not.toHaveProperty('remembered');
  });

  it('should check streams only at level deep', async () => {
    const broken = withStream(randomBytes(100));
    expect((await verifierOf('deep').verify(own(broken), signal)).verdict.intact).toBe(false);
    expect((await verifierOf('structure').verify(own(broken), signal)).verdict.intact).toBe(true);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a page of HTML', Buffer.from('<!DOCTYPE html><html></html>')],
    ['noise', randomBytes(10_000)],
    ['much noise', randomBytes(600_000)],
  ])('should not treat %s as a document', async (_, bytes) => {
    const { format, verdict } = await verifierOf().verify(own(bytes), signal);
    expect([format, verdict]).toEqual([undefined, { intact: false, reason: 'unsupported' }]);
  });

  it('should stop waiting when the signal aborts', async () => {
    const controller = new AbortController();
    const verifying = verifierOf().verify(own(makePdf({ bytes: 5_000_000 })), controller.signal);
    controller.abort(new Error('left'));
    await expect(verifying).rejects.toThrow('left');
  });

  it('should verify many at once, with the right result for each', async () => {
    const verifier = verifierOf();
    const sizes = Array.from({ length: 12 }, (_, index) => 300_000 + index);
    const verified = await Promise.all(
      sizes.map(async (bytes) => verifier.verify(own(makePng({ bytes })), signal)),
    );
    expect(verified.map(({ bytes }) => bytes.length)).toEqual(sizes);
    expect(verified.every(({ verdict }) => verdict.intact)).toBe(true);
  });
});

/** A PDF with one page and this content stream. */
function withStream(stream: Buffer, filter?: string): Buffer {
  return withStreams(1, stream, filter);
}

function withStreams(count: number, stream: Buffer, filter = '/Filter /FlateDecode'): Buffer {
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
  for (let number = 4; number < 4 + count; number += 1) {
    offsets.push(length());
    write(
      `${number} 0 obj\n<< /Length ${stream.length} ${filter} >>\nstream\n`,
      stream,
      '\nendstream\nendobj\n',
    );
  }
  const xref = length();
  const entries = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  write(
    `xref\n0 ${4 + count}\n0000000000 65535 f \n${entries}trailer\n<< /Size ${4 + count} /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`,
  );
  return Buffer.concat(parts);
}
