// Type-checks the TypeScript that the documentation shows, against the sources, each block as a module of its own. Blocks of
// one page that name their file can import each other, as they would where a reader has saved them.
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import ts from 'typescript';
import { fencedBlocks, pages, root, type FencedBlock } from './fenced-code.ts';

const blocks = pages()
  .flatMap(fencedBlocks)
  .filter(({ language }) => language === 'ts');

// It need not exist: modules are resolved from there as from any folder of the workspace.
const folder = join(root, 'documented');

function pathOf({ page, line, file }: FencedBlock): string {
  return join(folder, page, file ?? `line-${String(line)}.ts`);
}

const contents = new Map(blocks.map((block) => [pathOf(block), `${block.code}\nexport {};\n`]));
const program = compile([...contents.keys()]);

function compile(paths: readonly string[]): ts.Program {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, noUnusedLocals: false, typeRoots: [join(root, 'node_modules/@types')] },
    root,
  );
  const host = ts.createCompilerHost(options);
  const { directoryExists, fileExists, readFile } = host;
  host.directoryExists = (path) => path.startsWith(folder) || directoryExists?.(path) === true;
  host.fileExists = (path) => contents.has(path) || fileExists(path);
  host.readFile = (path) => contents.get(path) ?? readFile(path);
  return ts.createProgram([...paths], options, host);
}

function complaintsAbout(block: FencedBlock): readonly string[] {
  const source = program.getSourceFile(pathOf(block));
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    (diagnostic) => {
      const { line } = source?.getLineAndCharacterOfPosition(diagnostic.start ?? 0) ?? { line: 0 };
      return `${block.page}:${String(block.line + line)} ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`;
    },
  );
}

it('finds code to check', () => {
  expect(blocks.map(({ file }) => file)).toContain('main.ts');
});

it.each(blocks.map((block) => [`${block.page}:${String(block.line)}`, block] as const))(
  'the code at %s compiles',
  (_place, block) => {
    expect(complaintsAbout(block)).toEqual([]);
  },
);

it('would notice a message that the actor does not know', () => {
  const path = join(folder, 'README.md/mistake.ts');
  const main = blocks.find(({ page, file }) => page === 'README.md' && file === 'main.ts');
  contents.set(path, main?.code.replace("'count'", "'cuont'") ?? '');
  const checked = compile([path]);
  const [complaint] = checked.getSemanticDiagnostics(checked.getSourceFile(path));
  expect(JSON.stringify(complaint?.messageText)).toContain('cuont');
});
