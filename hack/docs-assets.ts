/**
 * A part of `npm run build`: puts what the page at `/docs` is made of into dist/docs-page, compressed. Of Swagger UI that
 * is two files of its forty megabytes; the package itself is not needed to run the service.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const target = new URL('../dist/docs-page/', import.meta.url);
const page = new URL('../src/docs/page/', import.meta.url);
const swaggerUi = new URL('./', import.meta.resolve('swagger-ui-dist/package.json'));

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const file of [
  ...readdirSync(page).map((name) => new URL(name, page)),
  new URL('swagger-ui-bundle.js', swaggerUi),
  new URL('swagger-ui.css', swaggerUi),
  // Its licence wants to go with it.
  new URL('LICENSE', swaggerUi),
]) {
  const name = fileURLToPath(file).split('/').at(-1) ?? '';
  // Its maps are not there.
  const bytes = readFileSync(file, 'utf8').replace(/\n(\/\/|\/\*)# sourceMappingURL=.*$/, '\n');
  writeFileSync(new URL(`${name}.gz`, target), gzipSync(bytes, { level: 9 }));
}
