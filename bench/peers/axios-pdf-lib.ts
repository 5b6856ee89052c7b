/** Express and axios with a quick check and as many attempts as the gateway. pdf-lib reads the structure of a PDF. */
import { Agent } from 'node:http';
import axios from 'axios';
import express from 'express';
import { PDFDocument } from 'pdf-lib';

const { PORT, UPSTREAM } = process.env;
const ATTEMPTS = 5;
const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const PNG_END = Buffer.from('49454e44ae426082', 'hex');

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
    if (!document.subarray(-PNG_END.length).equals(PNG_END)) throw new Error('the PNG has no end');
    return 'image/png';
  }
  await PDFDocument.load(document);
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
