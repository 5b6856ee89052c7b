/**
 * Express and axios with a thorough check and as many attempts as the gateway. pdf.js and pngjs read the whole
 * document.
 */
import { Agent } from 'node:http';
import axios from 'axios';
import express from 'express';
import { getDocument, VerbosityLevel } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { PNG } from 'pngjs';

const { PORT, UPSTREAM } = process.env;
const ATTEMPTS = 5;
const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

const httpAgent = new Agent({ keepAlive: true, maxSockets: 64 });
const client = axios.create({
  baseURL: UPSTREAM ?? '',
  responseType: 'arraybuffer',
  timeout: 5_000,
  httpAgent,
});

/** Returns the media type. Throws when the document is damaged. */
export async function check(document: Buffer): Promise<string> {
  if (document.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE)) {
    PNG.sync.read(document);
    return 'image/png';
  }
  // A copy, because pdf.js takes ownership of the bytes.
  const data = new Uint8Array(document);
  const loading = getDocument({ data, stopAtErrors: true, verbosity: VerbosityLevel.ERRORS });
  try {
    const pdf = await loading.promise;
    for (let number = 1; number <= pdf.numPages; number += 1) {
      const page = await pdf.getPage(number);
      await page.getOperatorList();
    }
  } finally {
    await loading.destroy();
  }
  return 'application/pdf';
}

const app = express();
app.get('/:id', async (request, response) => {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    try {
      const { data } = await client.get<Buffer>(`/${request.params.id}`);
      response.type(await check(data)).send(data);
      return;
    } catch (error) {
      console.error(`attempt ${attempt} of ${request.params.id}: ${String(error)}`);
    }
  }
  response.sendStatus(502);
});
if (import.meta.main) app.listen(Number(PORT), '127.0.0.1').keepAliveTimeout = 75_000;
