// Turns the benchmark into plain JavaScript, file by file, as a user's program would be: a loader in every process would weigh on
// what starting one costs. Files that have not changed since are left alone.
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { root } from '../scripts/run.mjs';

const BUILT = join(root, 'benchmarks/dist');
// The codec is measured alone too; it is not for users, so no package exports it.
const FOLDERS = [
  'benchmarks',
  'benchmarks/contenders',
  'benchmarks/measures',
  'packages/core/src',
  'packages/core/src/wire',
];

/** The built program of the benchmark. */
export function buildBenchmark() {
  for (const folder of FOLDERS) {
    for (const name of readdirSync(join(root, folder))) {
      if (name.endsWith('.ts')) buildFile(join(folder, name));
    }
  }
  return join(BUILT, 'benchmarks/main.js');
}

/** @param {string} path of a source, from the root */
function buildFile(path) {
  const source = join(root, path);
  const built = join(BUILT, path.replace(/\.ts$/, '.js'));
  const builtAt = statSync(built, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (builtAt > statSync(source).mtimeMs) return;
  const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), {
    fileName: source,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
      inlineSourceMap: true,
    },
  });
  mkdirSync(dirname(built), { recursive: true });
  // Another benchmark may be starting from these files.
  const unfinished = `${built}.${String(process.pid)}`;
  writeFileSync(unfinished, outputText);
  renameSync(unfinished, built);
}
