// Checks lane.pml with spin: the model as it is must hold in every state, and each twin with a bug put in must fail. Prints
// what each took. Without spin and a C compiler it says so and succeeds, unless CI=true: there it fails.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const model = fileURLToPath(new URL('lane.pml', import.meta.url));
const DEEPEST_STEP = 200_000;
const TIMEOUT_MS = 300_000;

/** @typedef {{ name: string, flags: readonly string[] }} Run */

const alone = ['WRITERS=1', 'READERS=1'];

/** @type {readonly Run[]} */
const models = [
  { name: 'nobody dies', flags: alone },
  { name: 'either side dies', flags: [...alone, 'WRITER_DIES', 'READER_DIES'] },
  { name: 'the writer dies and is followed', flags: ['WRITER_DIES', 'READERS=1'] },
  { name: 'the reader dies and is followed', flags: ['READER_DIES', 'WRITERS=1'] },
  {
    name: 'either dies, the writer is followed',
    flags: ['WRITER_DIES', 'READER_DIES', 'READERS=1', 'FRAMES=3'],
  },
];

/** @type {readonly Run[]} */
const twins = [
  'NO_FENCE',
  'PUBLISH_FIRST',
  'EARLY_HEAD',
  'NO_SECOND_LOOK',
  'NO_ROOM_LOOK',
  'HASTY_ROOM',
  'LOST_WAKE',
  'CLOSED_LAST',
  'NO_DEATH_WAKE',
  'NO_DRAIN',
].map((name) => ({
  name,
  flags: [...alone, name, ...(/^NO_D/.test(name) ? ['WRITER_DIES'] : [])],
}));

const missing = [
  ['spin', '-V'],
  ['gcc', '--version'],
].filter(([program = '', flag = '']) => spawnSync(program, [flag]).error !== undefined);
if (missing.length > 0) {
  const names = missing.map(([program]) => program).join(' and ');
  say(`The models were not checked: ${names} cannot be found. On Debian: apt-get install spin gcc`);
  process.exit(process.env['CI'] === 'true' ? 1 : 0);
}

const directory = mkdtempSync(join(tmpdir(), 'troupe-models-'));
let wrong = 0;
try {
  for (const run of models) report(run, true);
  for (const run of twins) report(run, false);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
process.exit(wrong === 0 ? 0 : 1);

/**
 * @param {Run} run
 * @param {boolean} mustHold
 */
function report({ name, flags }, mustHold) {
  const begun = performance.now();
  const output = check(flags);
  const errors = Number(/errors: (\d+)/.exec(output)?.[1]);
  const states = Number(/(\d+) states, stored/.exec(output)?.[1]);
  // A search that was cut short has shown nothing.
  const isWhole = !/out of memory|MEMLIM|max search depth too small|aborted/.test(output);
  const isRight = mustHold ? errors === 0 && isWhole && states > 0 : errors > 0;
  if (!isRight) wrong += 1;
  const found = /^pan:1: (.*) \(at depth/m.exec(output)?.[1] ?? '';
  const verdict = errors === 0 ? 'holds' : `fails: ${found}`;
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  say(
    `${isRight ? 'ok   ' : 'WRONG'} ${name.padEnd(36)} ${String(states).padStart(9)} states ${seconds.padStart(5)} s  ${verdict}`,
  );
  if (!isRight) say(output);
}

/**
 * @param {readonly string[]} flags
 * @returns {string} what the verifier printed
 */
function check(flags) {
  const options = { cwd: directory, encoding: /** @type {const} */ ('utf8'), timeout: TIMEOUT_MS };
  execFileSync('spin', ['-a', ...flags.map((flag) => `-D${flag}`), model], options);
  execFileSync('gcc', ['-O2', '-DSAFETY', '-DCOLLAPSE', '-DMEMLIM=1500', '-o', 'pan', 'pan.c'], options);
  return spawnSync('./pan', [`-m${DEEPEST_STEP}`], options).stdout;
}

/** @param {string} line */
function say(line) {
  process.stdout.write(`${line}\n`);
}
