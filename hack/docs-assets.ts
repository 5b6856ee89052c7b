/**
 * A part of `npm run build`: writes the files of the page at `/docs` to dist/docs-page, each also compressed. They
 * contain two files of Swagger UI, whose package of forty megabytes is not needed at runtime.
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
  // Its licence requires this copy.
  new URL('LICENSE', swaggerUi),
]) {
  const name = fileURLToPath(file).split('/').at(-1) ?? '';
  // The source maps are not included.
  const bytes = readFileSync(file, 'utf8').replace(/\n(\/\/|\/\*)# sourceMappingURL=.*$/, '\n');
  writeFileSync(new URL(name, target), bytes);
  writeFileSync(new URL(`${name}.gz`, target), gzipSync(bytes, { level: 9 }));
}
