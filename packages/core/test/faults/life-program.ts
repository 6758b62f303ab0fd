// Makes life.ts a program that Node runs as it is: types taken away, over the built packages.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';

const FILES = ['frames', 'sending', 'life'] as const;
const CORE = '@troupe/core/transport';

/** Writes the program into `directory`; returns its path. */
export function writeLifeProgram(directory: string): string {
  const root = dirname(createRequire(import.meta.url).resolve('@troupe/core/package.json'));
  const core = pathToFileURL(join(root, 'dist/transport/index.js')).href;
  for (const file of FILES) {
    const source = readFileSync(join(import.meta.dirname, `${file}.ts`), 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2022,
        verbatimModuleSyntax: true,
      },
    });
    const text = outputText
      .replaceAll(`'${CORE}'`, `'${core}'`)
      .replaceAll(/'(\.\/[a-z]+)\.ts'/g, "'$1.mjs'");
    writeFileSync(join(directory, `${file}.mjs`), text);
  }
  return join(directory, 'life.mjs');
}
