// Writes what each package offers, entry by entry, to its etc/<entry>.api.md; the diff of a report is the review of an API.
// Without an argument it writes; with `--check` it changes nothing and fails when a report is not what the build says.
// Every export has at least a sentence of documentation; both fail when one has none.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { workspacePackages } from './build.mjs';
import { root } from './run.mjs';

const isCheck = process.argv.includes('--check');
let changed = false;
let undocumented = false;

for (const { directory } of workspacePackages()) {
  const reports = join(directory, 'etc');
  const fresh = join(root, '.cache/api', basename(directory));
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  mkdirSync(reports, { recursive: true });
  const entries = publicEntries(directory);
  for (const { name, declarations } of entries) writeReport(directory, declarations, name, fresh);

  const wanted = readdirSync(fresh).filter((file) => file.endsWith('.api.md'));
  for (const file of readdirSync(reports).filter((file) => !wanted.includes(file))) {
    tell(`${relative(root, join(reports, file))} reports an entry that is no more`);
    if (!isCheck) rmSync(join(reports, file));
  }
  for (const file of wanted) {
    const [before, after] = [join(reports, file), join(fresh, file)];
    for (const [, declaration] of readFileSync(after, 'utf8').matchAll(
      /^\/\/ @public \(undocumented\)\n(.*)$/gm,
    )) {
      undocumented = true;
      console.error(`${relative(root, before)} has an export without a word about it: ${declaration}`);
    }
    if (existsSync(before) && readFileSync(before, 'utf8') === readFileSync(after, 'utf8')) continue;
    tell(`${relative(root, before)} ${isCheck ? 'is not what the build says' : 'written'}`);
    if (!isCheck) copyFileSync(after, before);
  }
}
if (isCheck && changed) {
  console.error('The public API changed. Run `npm run api`, read the diff of etc/ and commit it.');
}
if (undocumented || (isCheck && changed)) process.exit(1);

/** @param {string} sentence */
function tell(sentence) {
  changed = true;
  console.error(sentence);
}

/**
 * The entries of the exports map that have declarations: `core` for `.`, `core-transport` for `./transport`.
 * @param {string} directory
 * @returns {{ name: string, declarations: string }[]}
 */
function publicEntries(directory) {
  /** @type {{ exports: Record<string, string | { import?: { types?: string } }> }} */
  const { exports } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return Object.entries(exports).flatMap(([subpath, target]) => {
    const declarations = typeof target === 'string' ? undefined : target.import?.types;
    if (declarations === undefined) return [];
    return [{ name: [basename(directory), ...subpath.split('/').slice(1)].join('-'), declarations }];
  });
}

/**
 * @param {string} directory
 * @param {string} declarations
 * @param {string} name
 * @param {string} reports folder
 */
function writeReport(directory, declarations, name, reports) {
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: join(directory, 'package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: directory,
      mainEntryPointFilePath: join(directory, declarations),
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'es2022',
            lib: ['es2023', 'esnext.disposable'],
            module: 'esnext',
            moduleResolution: 'bundler',
            types: ['node'],
            typeRoots: [join(root, 'node_modules/@types')],
            strict: true,
            skipLibCheck: true,
          },
          files: [join(directory, declarations)],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: reports,
        reportTempFolder: join(reports, 'next'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Error },
          // Every export is public here; tags would say so once more.
          'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
          // A type that the face does not name but a signature shows: the report says so.
          'ae-forgotten-export': { logLevel: ExtractorLogLevel.None, addToApiReportFile: true },
          'ae-undocumented': { logLevel: ExtractorLogLevel.None },
          'ae-unresolved-link': { logLevel: ExtractorLogLevel.None },
        },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  });
  const { succeeded } = Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => {
      message.handled = message.logLevel !== ExtractorLogLevel.Error;
    },
  });
  if (!succeeded) throw new Error(`No API report could be made for ${declarations} of ${directory}.`);
}
