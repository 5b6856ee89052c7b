import { startAdmin } from './admin.ts';
import { makeDocuments } from './documents.ts';
import { parseFaultsJson } from './fault-schema.ts';
import { startUpstream } from './server.ts';

const HELP = `Stand-in for dummy-pdf-or-png: any path is a PNG, a PDF or a damaged PDF, at random.

Usage: npx node test/upstream/main.ts

Environment:
  PORT        port of the documents, 3000 by default
  HOST        address to listen on, 0.0.0.0 by default
  SEED        whole number; the same one draws the same documents in the same order, 1 by default
  PDF_BYTES   size of the PDF, 13000 by default
  PNG_BYTES   size of the PNG, 48000 by default
  FAULTS      JSON, for instance [{"ratio":0.1,"fault":{"kind":"hang","after":"headers"}}], none by default
  ADMIN_PORT  port of GET /stats, GET|PUT|DELETE /faults, POST /down and POST /up, none by default

The faults are listed in README.md beside this file.
`;

/** Treats an empty variable as unset, because Compose passes unset variables as empty. */
function setting(name: string): string | undefined {
  return process.env[name] === '' ? undefined : process.env[name];
}

function wholeNumber(name: string, fallback: number, max = 999_999_999): number {
  const text = setting(name);
  if (text === undefined) return fallback;
  if (!/^\d{1,9}$/.test(text) || Number(text) > max) {
    throw new TypeError(`${name} must be a whole number from 0 to ${max}, got ${JSON.stringify(text)}`);
  }
  return Number(text);
}

async function start(): Promise<void> {
  const host = setting('HOST') ?? '0.0.0.0';
  const seed = wholeNumber('SEED', 1);
  const upstream = await startUpstream({
    port: wholeNumber('PORT', 3_000, 65_535),
    host,
    seed,
    documents: makeDocuments({
      seed,
      pdfBytes: wholeNumber('PDF_BYTES', 13_000),
      pngBytes: wholeNumber('PNG_BYTES', 48_000),
    }),
    faults: parseFaultsJson(setting('FAULTS') ?? '[]'),
  });
  const adminPort = wholeNumber('ADMIN_PORT', 0, 65_535);
  const admin = adminPort === 0 ? undefined : await startAdmin(upstream, { port: adminPort, host });
  console.log(
    `stand-in upstream listens on port ${new URL(upstream.url.replace('{id}', '')).port}${admin ? `, controlled on port ${new URL(admin.origin).port}` : ''}, seed ${seed}`,
  );
}

if (process.argv.includes('--help')) {
  console.log(HELP);
} else {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
  try {
    await start();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
