import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { type Gateway, KEY, startGateway } from '../e2e/harness.ts';
import { eventually } from '../eventually.ts';

/** The Chromium of Debian, or the Chrome of the runners of GitHub. */
const executablePath =
  process.env['CHROMIUM'] ?? ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync) ?? '';
/** The file of the screenshot in the README. */
const screenshot = fileURLToPath(new URL('../../docs/images/docs.png', import.meta.url));

let browser: Browser;
let gateway: Gateway;
let page: Page;
/** The errors and warnings of the browser, and its requests. */
let errors: string[];
let requests: string[];

beforeAll(async () => {
  if (!existsSync(executablePath)) throw new Error('there is no Chromium: install it, or set CHROMIUM');
  browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
});

afterAll(() => browser.close());

beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1_000, height: 800 } });
  errors = [];
  requests = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) errors.push(message.text());
  });
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('request', (request) => requests.push(request.url()));
});

afterEach(async () => {
  await page.close();
  await gateway.close();
});

async function start(kind: 'pdf' | 'png' = 'pdf'): Promise<void> {
  gateway = await startGateway({}, { mix: [{ document: kind, weight: 1 }] });
}

const operation = (id: string): Locator => page.locator(`[id$="-${id}"]`);

async function authorise(key: string): Promise<void> {
  await page.locator('button.authorize').first().click();
  await page.locator('.modal-ux input').fill(key);
  await page.locator('.modal-ux button[type=submit]').click();
  await page.locator('.modal-ux .btn-done').click();
}

/** Requests a document on the page. */
async function execute(id: string): Promise<Locator> {
  const form = operation('getDocument');
  await form.locator('.opblock-summary-control').click();
  await form.locator('input[placeholder=id]').fill(id);
  await form.locator('.execute').click();
  return form.locator('.live-responses-table');
}

/** Requests to other origins. The PDF viewer is a part of the browser. */
const foreignRequests = (): readonly string[] =>
  requests.filter(
    (url) => !url.startsWith(`${gateway.origin}/`) && !/^(blob|chrome|chrome-extension|data):/.test(url),
  );

describe('the page at /docs', () => {
  it('should be where the address of the service redirects a browser', async () => {
    await start();
    const answer = await page.goto(gateway.origin);
    expect(page.url()).toBe(`${gateway.origin}/docs`);
    expect(answer?.headers()['content-security-policy']).toMatch(/^default-src 'none'/);
    await page.locator('.opblock').first().waitFor();
    const shown = await page.locator('.opblock-summary-path').allInnerTexts();
    const described = Object.keys(gateway.openApi.paths).filter((path) => path !== '/docs/{file}');
    // Some browsers insert soft breaks into long paths.
    expect(shown.map((path) => path.replaceAll('\u200b', '')).sort()).toEqual(described.sort());
    expect(await page.locator('.opblock-summary-method').allInnerTexts()).toEqual(described.map(() => 'GET'));
    expect(shown[0]).toBe('/{id}');
    expect([errors, foreignRequests()]).toEqual([[], []]);
  });

  it('should accept the key, request a document, and show the PDF', async () => {
    await start('pdf');
    await page.goto(`${gateway.origin}/docs`);
    await authorise(KEY);
    const answer = await execute('42');
    await answer.locator('iframe').waitFor();
    expect(await answer.locator('tbody td.response-col_status').first().innerText()).toBe('200');
    await eventually(() => {
      const [, ...frames] = page.frames().map((frame) => frame.url().split(':', 1)[0]);
      expect(frames).toEqual(expect.arrayContaining(['blob', 'chrome-extension']));
    }, 20_000);
    expect(gateway.upstream.counters.byPath.get('/42')).toBe(1);
    expect([errors, foreignRequests()]).toEqual([[], []]);
    if (process.env['SCREENSHOT'] !== undefined) {
      await page.evaluate("document.querySelector('iframe').scrollIntoView(); scrollBy(0, -240)");
      // The viewer gives no event when it has painted.
      await page.waitForTimeout(2_000);
      await page.screenshot({ path: screenshot });
    }
  });

  it('should accept the key, request a document, and show the PNG', async () => {
    await start('png');
    await page.goto(`${gateway.origin}/docs`);
    await authorise(KEY);
    const answer = await execute('42');
    const image = answer.locator('img');
    await image.waitFor();
    await eventually(async () => {
      expect(
        await image.evaluate((element) => Reflect.get(element, 'naturalWidth') as number),
      ).toBeGreaterThan(1);
    });
    expect([errors, foreignRequests()]).toEqual([[], []]);
  });

  it('should show the problem when the key is missing', async () => {
    await start();
    await page.goto(`${gateway.origin}/docs`);
    const answer = await execute('42');
    await answer.getByText('urn:problem-type:document-gateway:unauthorized').first().waitFor();
    expect(foreignRequests()).toEqual([]);
  });

  it('should run only its own scripts, and send requests only to the service', async () => {
    await start();
    await page.goto(`${gateway.origin}/docs`);
    await page.locator('.opblock').first().waitFor();
    await page.evaluate(`
      const script = document.createElement('script');
      script.textContent = 'window.intruder = true';
      document.body.append(script);
      void fetch('http://elsewhere.invalid/').catch(() => undefined);
    `);
    await eventually(() => {
      expect(
        errors.filter((error) => error.includes('Content Security Policy')).length,
      ).toBeGreaterThanOrEqual(2);
    });
    expect(await page.evaluate('window.intruder')).toBeUndefined();
    expect(foreignRequests()).toEqual([]);
  });
});
