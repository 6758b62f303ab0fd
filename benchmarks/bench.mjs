// `npm run bench -- ARGS`: makes the workspace ready, then runs the benchmark from source, over the built packages.
import { bootstrap } from '../scripts/bootstrap.mjs';
import { root, runInForeground } from '../scripts/run.mjs';

await bootstrap();
// By URL, so that the processes the benchmark starts find the loader as well.
const loader = import.meta.resolve('tsx');
const program = ['--import', loader, `${root}/benchmarks/main.ts`, ...process.argv.slice(2)];
process.exit(await runInForeground(process.execPath, program));
