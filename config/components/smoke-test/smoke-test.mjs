/**
 * Passes when the gateway refuses a request without an API key and delivers a whole document for one with it. Fails
 * after two minutes. GATEWAY_URL is the address of the gateway, API_KEY the list of its API keys.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const { GATEWAY_URL: url, API_KEY: keys = '' } = process.env;
const [key = ''] = keys.split(',');
const SIGNATURES = { 'application/pdf': '%PDF-', 'image/png': '\x89PNG\r\n\x1a\n', 'image/jpeg': '\xff\xd8' };
const deadline = Date.now() + 120_000;

function check(holds, message) {
  if (!holds) throw new Error(message);
}

async function ask(headers) {
  return fetch(`${url}/1`, { headers, signal: AbortSignal.timeout(15_000) });
}

async function smokeTest() {
  const refused = await ask({});
  check(refused.status === 401, `without a key: ${refused.status} instead of 401`);
  const answer = await ask({ 'x-api-key': key.trim() });
  const body = Buffer.from(await answer.arrayBuffer());
  const type = answer.headers.get('content-type') ?? '';
  check(answer.status === 200, `with a key: ${answer.status} ${body.toString().slice(0, 500)}`);
  const signature = SIGNATURES[type];
  check(signature !== undefined, `${type} is no document's type`);
  check(body.toString('latin1').startsWith(signature), `a body that does not begin like ${type}`);
  check(
    body.length === Number(answer.headers.get('content-length')),
    'a body of another length than announced',
  );
  console.log(`${url}/1: ${type}, ${body.length} bytes`);
}

for (;;) {
  try {
    await smokeTest();
    break;
  } catch (error) {
    console.error(error.cause?.message ?? error.message);
    if (Date.now() > deadline) process.exit(1);
    await sleep(2_000);
  }
}
