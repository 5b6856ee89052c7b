/**
 * Requests documents from the gateway 40 times a second until it is killed: half of the requests on new connections,
 * half on keep-alive connections. Each second it prints the outcomes of all requests so far. GATEWAY_URL is the
 * address of the gateway, API_KEY its keys.
 */
import { Agent, get } from 'node:http';

const { GATEWAY_URL: url, API_KEY: keys = '' } = process.env;
const [key = ''] = keys.split(',');
const kept = new Agent({ keepAlive: true });
const answers = {};
let asked = 0;

function count(outcome) {
  answers[outcome] = (answers[outcome] ?? 0) + 1;
}

/** Resolves to the status of a complete answer, or to the error. */
function ask(id, agent) {
  return new Promise((resolve) => {
    const request = get(
      `${url}/${id}`,
      { agent, headers: { 'x-api-key': key }, timeout: 20_000 },
      (answer) => {
        let length = 0;
        answer.on('data', (chunk) => (length += chunk.length));
        answer.on('error', (error) => resolve(error.code));
        answer.on('end', () =>
          resolve(length === Number(answer.headers['content-length']) ? answer.statusCode : 'a part'),
        );
      },
    );
    request.on('timeout', () => request.destroy(new Error('20 seconds')));
    request.on('error', (error) => resolve(error.code ?? error.message));
  });
}

setInterval(() => {
  asked += 1;
  ask(asked, asked % 2 === 0 ? kept : false).then(count);
}, 25);
setInterval(() => {
  console.log(JSON.stringify({ asked, answers }));
}, 1_000);
