// A process that dies or stops anywhere between two things a lane in shared memory does: every step with one pair of segment
// and wake-up; with the other segments, and with a wake-up of each kind, the steps in which they differ. A soak runs every step
// with all pairs.
import { shmTransport } from '@troupe/transport-shm';
import { join } from 'node:path';
import { describeEveryStep } from '../../../core/test/faults/every-step.ts';

const SEGMENTS = ['memfd', 'posix', 'sysv'];
const WAKE_UPS = ['eventfd', 'futex', 'posix-sem', 'sysv-sem', 'fifo', 'signal', 'spin'];
const OF_SEGMENTS = /^shm\.(create|segment|hand-over|attach|answer|writer-close|reader-close)\./;
const OF_WAKE_UPS =
  /^shm\.(create\.bells|bell|answer|sleep|wake-reader|wait|wake-writer|flush|.*-close\.after)/;

const [someSegment, ...otherSegments] = SEGMENTS;
const [someWakeUp] = WAKE_UPS;
// One that waits in the thread, and one that is an object of the kernel besides; of two more, what only they make.
const otherWakeUps = [
  { wakeUp: 'futex', only: OF_WAKE_UPS },
  { wakeUp: 'sysv-sem', only: OF_WAKE_UPS },
  { wakeUp: 'fifo', only: /^shm\.bell\./ },
  { wakeUp: 'signal', only: /^shm\.bell\./ },
];
const isSoak = process.env['TROUPE_TEST_SOAK'] !== undefined;
const pairs = isSoak
  ? SEGMENTS.flatMap((segment) => WAKE_UPS.map((wakeUp) => ({ segment, wakeUp, only: undefined })))
  : [
      { segment: someSegment, wakeUp: someWakeUp, only: undefined },
      ...otherSegments.map((segment) => ({ segment, wakeUp: someWakeUp, only: OF_SEGMENTS })),
      ...otherWakeUps.map((other) => ({ segment: someSegment, ...other })),
    ];

describeEveryStep(
  pairs.map(({ segment, wakeUp, only }) => {
    const options = { capacityBytes: 64 * 1024, segment, wakeUp };
    return {
      title: `lanes in ${String(segment)} segments, woken by ${String(wakeUp)}`,
      source: { module: new URL('../../dist/index.js', import.meta.url).href, name: 'shm', options },
      create: () => shmTransport(options),
      commitsAtOnce: true,
      ...(only === undefined ? {} : { only }),
    };
  }),
  join(import.meta.dirname, '../../src'),
);
