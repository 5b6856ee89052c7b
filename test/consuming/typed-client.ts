import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import openapiTs, { astToString } from 'openapi-typescript';
import ts from 'typescript';

/** A folder for generated files from which packages resolve. */
export const folder = fileURLToPath(new URL('../../dist/consuming/', import.meta.url));

/** Writes the types of a service, as `npx openapi-typescript` would. */
export async function writeTypes(document: unknown): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}gateway.d.ts`, astToString(await openapiTs(JSON.stringify(document))));
}

/** Writes a program beside the types and checks it with strict options. Returns the errors of the compiler. */
export function compile(name: string, source: string): readonly string[] {
  const file = folder + name;
  writeFileSync(file, source);
  const program = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noPropertyAccessFromIndexSignature: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    typeRoots: [fileURLToPath(new URL('../../node_modules/@types/', import.meta.url))],
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
