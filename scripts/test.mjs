// `npm test -- ARGS`: makes the workspace ready, then runs all tests; ARGS go to jest.
import { bootstrap } from './bootstrap.mjs';
import { runJest } from './jest.mjs';

await bootstrap();
process.exit(await runJest({ args: process.argv.slice(2) }));
