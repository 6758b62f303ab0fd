// A process that dies or stops anywhere between two things a lane in shared memory does. Every step with the default pair of
// segment and wake-up; with each other segment and each other wake-up, beside the other half of the default, the steps that it
// has a part in. A seed chooses which of those that the waiter thread waits for is also stopped, and one more pair, among those that
// differ from the default in both, that is killed at every step. A soak runs every step with all 21 pairs.
import { shmTransport } from '@troupe/transport-shm';
import { join } from 'node:path';
import { describeEveryStep } from '../../../core/test/faults/every-step.ts';

interface Pair {
  readonly segment: string;
  readonly wakeUp: string;
  /** Which steps; all when it is missing. */
  readonly only?: RegExp;
  readonly isBrief?: boolean;
  /** Why this pair. */
  readonly why?: string;
}

const SEGMENT = 'memfd';
const WAKE_UP = 'eventfd';
const OTHER_SEGMENTS = ['posix', 'sysv'];
const OF_SEGMENTS = /^shm\.(create|segment|hand-over|attach|answer|writer-close|reader-close)\./;
const OF_WAKE_UPS =
  /^shm\.(create\.bells|bell|answer|sleep|wake-reader|wait|wake-writer|flush|.*-close\.after)/;
const OF_THE_WAITER = ['futex', 'posix-sem', 'sysv-sem'];
// Polled by the event loop like an eventfd: only how they are made differs.
const OF_POLLED = /^shm\.bell\./;
// Nobody sleeps, and nobody rings.
const OF_SPINNING = /^shm\.(poll|publish|commit)\./;
const OTHER_WAKE_UPS: readonly (readonly [string, RegExp])[] = [
  ['futex', OF_WAKE_UPS],
  ['posix-sem', OF_WAKE_UPS],
  ['sysv-sem', OF_WAKE_UPS],
  ['fifo', OF_POLLED],
  ['signal', OF_POLLED],
  ['spin', OF_SPINNING],
];

const isSoak = process.env['TROUPE_TEST_SOAK'] !== undefined;

function allPairs(): readonly Pair[] {
  const wakeUps = [WAKE_UP, ...OTHER_WAKE_UPS.map(([wakeUp]) => wakeUp)];
  return [SEGMENT, ...OTHER_SEGMENTS].flatMap((segment) => wakeUps.map((wakeUp) => ({ segment, wakeUp })));
}

function somePairs(): readonly Pair[] {
  const seed = Number(process.env['TROUPE_TEST_SEED'] ?? Date.now() % 1_000_000);
  const others = allPairs().filter(({ segment, wakeUp }) => segment !== SEGMENT && wakeUp !== WAKE_UP);
  const chosen = others.at(Math.floor(seed / OF_THE_WAITER.length) % others.length);
  return [
    { segment: SEGMENT, wakeUp: WAKE_UP },
    ...OTHER_SEGMENTS.map((segment) => ({ segment, wakeUp: WAKE_UP, only: OF_SEGMENTS })),
    ...OTHER_WAKE_UPS.map(([wakeUp, only]) => ({
      segment: SEGMENT,
      wakeUp,
      only,
      isBrief: OF_THE_WAITER.includes(wakeUp) && wakeUp !== OF_THE_WAITER.at(seed % OF_THE_WAITER.length),
    })),
    ...(chosen === undefined
      ? []
      : [{ ...chosen, isBrief: true, why: `, chosen by TROUPE_TEST_SEED=${seed}` }]),
  ];
}

describeEveryStep(
  (isSoak ? allPairs() : somePairs()).map(({ segment, wakeUp, only, isBrief = false, why = '' }) => {
    const options = { capacityBytes: 64 * 1024, segment, wakeUp };
    return {
      title: `lanes in ${segment} segments, woken by ${wakeUp}${why}`,
      source: { module: new URL('../../dist/index.js', import.meta.url).href, name: 'shm', options },
      create: () => shmTransport(options),
      commitsAtOnce: true,
      ...(only === undefined ? {} : { only }),
      isBrief,
    };
  }),
  join(import.meta.dirname, '../../src'),
);
