import { verify } from '../src/verification/verification.ts';
import { damagedCopies, soundDocuments } from './damaged-copies.ts';
import { format } from './table.ts';

/** Throws, or rejects, when the document is damaged. */
type Check = (document: Buffer) => unknown;

/** What the gateway does by default. */
export function gatewayCheck(document: Buffer): void {
  const { verdict } = verify(document, { level: 'deep', units: 2 ** 28 });
  if (!verdict.intact) throw new Error(verdict.reason);
}

/** A row for each class of damage: which share of the PDFs each check lets through, then which share of the PNGs. */
export async function damageRows(checks: readonly Check[]): Promise<readonly (readonly string[])[]> {
  const [pdfs, pngs] = [soundDocuments('pdf'), soundDocuments('png')];
  const [damagedPdfs, damagedPngs] = [damagedCopies(pdfs), damagedCopies(pngs)];
  const rows = [
    ['none', ...(await sharesLetThrough(pdfs, checks)), ...(await sharesLetThrough(pngs, checks))],
  ];
  for (const [index, { name, copies }] of damagedPdfs.entries()) {
    const ofPngs = damagedPngs[index]?.copies ?? [];
    rows.push([
      name,
      ...(await sharesLetThrough(copies, checks)),
      ...(await sharesLetThrough(ofPngs, checks)),
    ]);
  }
  return rows;
}

async function sharesLetThrough(documents: readonly Buffer[], checks: readonly Check[]): Promise<string[]> {
  const shares: string[] = [];
  for (const check of checks) {
    let passed = 0;
    for (const document of documents) {
      try {
        await check(document);
        passed += 1;
      } catch {
        // It found the damage.
      }
    }
    shares.push(`${format((100 * passed) / documents.length, 1)} %`);
  }
  return shares;
}
