import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { Manifest } from './manifest.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const SOURCE = `${here}rendered.ts`;

/**
 * Checks objects against the types of their kinds with the compiler, which rejects unknown fields like an API server
 * with `fieldValidation=Strict`. The schemas of the packages allow them.
 *
 * @returns the errors of each object, in their order
 */
export function fieldErrors(manifests: readonly Manifest[]): string[][] {
  const lines = manifests.map(
    (manifest, index) =>
      `export const _${index} = ${JSON.stringify(manifest)} satisfies Kinds['${manifest.kind}'];`,
  );
  const program = compile(`import type { Kinds } from './manifest.ts';\n${lines.join('\n')}\n`);
  const source = program.getSourceFile(SOURCE);
  const errors = manifests.map((): string[] => []);
  for (const { start = 0, messageText } of program.getSemanticDiagnostics(source)) {
    // The first line is the import.
    const line = source?.getLineAndCharacterOfPosition(start).line ?? 0;
    errors[line - 1]?.push(ts.flattenDiagnosticMessageText(messageText, '\n'));
  }
  return errors;
}

const options: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  allowImportingTsExtensions: true,
  types: [],
};
const host = ts.createCompilerHost(options);
/** The parsed declarations of the packages. */
const declarations = new Map<string, ts.SourceFile | undefined>();

function compile(text: string): ts.Program {
  const source = ts.createSourceFile(SOURCE, text, ts.ScriptTarget.ES2024);
  return ts.createProgram([SOURCE], options, {
    ...host,
    fileExists: (name) => name === SOURCE || host.fileExists(name),
    getSourceFile(name, ...rest) {
      if (name === SOURCE) return source;
      if (!declarations.has(name)) declarations.set(name, host.getSourceFile(name, ...rest));
      return declarations.get(name);
    },
  });
}
