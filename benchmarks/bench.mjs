// `npm run bench -- ARGS`: makes the workspace ready, then runs the benchmark over the built packages.
import { bootstrap } from '../scripts/bootstrap.mjs';
import { runInForeground } from '../scripts/run.mjs';
import { buildBenchmark } from './build.mjs';

await bootstrap();
process.exit(await runInForeground(process.execPath, [buildBenchmark(), ...process.argv.slice(2)]));
