// Looks at the packages as npm would deliver them: packs each, reads what is inside, lets publint and attw judge the
// tarballs, then installs them into an empty project that imports and type-checks every entry, as a module and as CommonJS.
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { workspacePackages } from './build.mjs';
import { runPnpm } from './pnpm.mjs';
import { root, runQuietly } from './run.mjs';

const packed = join(root, '.cache/packed');
const consumer = join(root, '.cache/consumer');
const modules = join(consumer, 'node_modules');
const bin = join(root, 'node_modules/.bin');

const packages = workspacePackages();
rmSync(packed, { recursive: true, force: true });
rmSync(consumer, { recursive: true, force: true });
mkdirSync(packed, { recursive: true });
await must(
  'pack',
  runPnpm(['--recursive', '--filter', './packages/*', 'pack', '--pack-destination', packed]),
);

for (const { name, directory } of packages) {
  const tarball = await unpack(name);
  checkContents(name, directory);
  await Promise.all([
    must(`publint ${name}`, runQuietly(join(bin, 'publint'), ['--strict', tarball])),
    must(`attw ${name}`, runQuietly(join(bin, 'attw'), ['--profile', 'node16', tarball])),
  ]);
}
await checkAsConsumer();

/**
 * Unpacks into the node_modules of the consumer.
 * @param {string} name
 * @returns {Promise<string>} path of the tarball
 */
async function unpack(name) {
  const prefix = `${name.replace('@', '').replace('/', '-')}-`;
  const files = readdirSync(packed).filter(
    (file) => file.startsWith(prefix) && /^\d/.test(file.slice(prefix.length)),
  );
  const [file] = files;
  if (file === undefined || files.length > 1)
    throw new Error(`${name} was packed into ${files.length} tarballs.`);
  const target = join(modules, name);
  mkdirSync(target, { recursive: true });
  const tarball = join(packed, file);
  await must(`unpack ${file}`, runQuietly('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]));
  return tarball;
}

/**
 * @param {string} name
 * @param {string} directory
 */
function checkContents(name, directory) {
  const target = join(modules, name);
  for (const file of ['README.md', 'LICENSE', 'package.json', 'dist', 'src']) {
    if (!existsSync(join(target, file))) fail(`The tarball of ${name} lacks ${file}.`);
  }
  if (existsSync(join(target, 'dist/.inputs')))
    fail(`The tarball of ${name} has the stamp of the build in it.`);
  const manifest = readFileSync(join(target, 'package.json'), 'utf8');
  if (manifest.includes('workspace:')) fail(`The tarball of ${name} depends on something by workspace:.`);
  // What stands outside of the workspace comes from where pnpm put it for this package.
  for (const dependency of Object.keys(JSON.parse(manifest).dependencies ?? {})) {
    const installed = join(modules, dependency);
    if (existsSync(installed) || packages.some((other) => other.name === dependency)) continue;
    mkdirSync(dirname(installed), { recursive: true });
    symlinkSync(realpathSync(join(directory, 'node_modules', dependency)), installed);
  }
}

async function checkAsConsumer() {
  const entries = packages.flatMap(({ name }) => {
    const { exports } = JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8'));
    return Object.keys(exports)
      .filter((path) => path !== './package.json')
      .map((path) => name + path.slice(1));
  });
  const imports = entries.map((entry, index) => `import * as entry${index} from '${entry}';`);
  const uses = entries.map(
    (_, index) => `if (Object.keys(entry${index}).length === 0) throw new Error('${index}: empty');`,
  );
  const program = [...imports, ...uses].join('\n') + '\n';
  const required = entries.map((entry, index) => `const entry${index} = require('${entry}');`);
  writeFileSync(join(consumer, 'module.mts'), program);
  writeFileSync(join(consumer, 'common.cts'), program);
  writeFileSync(join(consumer, 'module.mjs'), program);
  writeFileSync(join(consumer, 'common.cjs'), [...required, ...uses].join('\n') + '\n');
  writeFileSync(join(consumer, 'package.json'), '{ "private": true }\n');
  writeFileSync(
    join(consumer, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        target: 'es2022',
        lib: ['es2023', 'esnext.disposable'],
        module: 'nodenext',
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
      },
      include: ['*.mts', '*.cts'],
    }),
  );
  const options = { cwd: consumer };
  await must('import every entry', runQuietly(process.execPath, ['module.mjs'], options));
  await must('require every entry', runQuietly(process.execPath, ['common.cjs'], options));
  await must('type-check every entry', runQuietly(join(bin, 'tsc'), ['-p', 'tsconfig.json'], options));
}

/**
 * @param {string} what
 * @param {Promise<{ code: number, output: string }>} running
 */
async function must(what, running) {
  const { code, output } = await running;
  if (code !== 0) fail(`${output}\n${what} failed.`);
}

/**
 * @param {string} sentence
 * @returns {never}
 */
function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
