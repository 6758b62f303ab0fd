// `npm run soak -- --minutes 30`: the tests that kill, stop and lie, again and again with other seeds and in full: every step of
// every lane in every life, all 21 pairs of segment and wake-up. The seed of a round that fails is printed; `--seed` repeats it.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bootstrap } from './bootstrap.mjs';
import { root, runInForeground } from './run.mjs';

const FILES = 'kill-at-every-step|hostile-process|random-kills|chaos';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '0' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string', default: FILES },
  },
});

await bootstrap();
const endsAt = performance.now() + Number(values.minutes) * 60_000;
for (let seed = Number(values.seed); ; seed += 1) {
  console.log(`seed ${seed}`);
  const code = await runInForeground(
    process.execPath,
    [
      join(root, 'node_modules/jest/bin/jest.js'),
      ...['--selectProjects', 'processes', '--runInBand', '--testPathPatterns', values.only],
    ],
    { env: { ...process.env, TROUPE_TEST_SOAK: '1', TROUPE_TEST_SEED: String(seed) } },
  );
  if (code !== 0) {
    console.error(`Failed with seed ${seed}: npm run soak -- --seed ${seed}`);
    process.exit(code);
  }
  if (performance.now() >= endsAt) break;
}
