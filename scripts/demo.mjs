// `npm run demo -- ARGS`: makes the workspace ready, then runs the example file-index from source with ARGS.
import { bootstrap } from './bootstrap.mjs';
import { root, runInForeground } from './run.mjs';

await bootstrap();
const main = `${root}/examples/file-index/main.ts`;
// By URL, so that the processes the demo starts find the loader from wherever they run.
const loader = import.meta.resolve('tsx');
const code = await runInForeground(process.execPath, ['--import', loader, main, ...process.argv.slice(2)], {
  cwd: process.env['INIT_CWD'] ?? process.cwd(),
});
process.exit(code);
