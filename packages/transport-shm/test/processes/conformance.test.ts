// What every transport promises, checked on real processes: each segment and each wake-up.
import { describe, expect, it } from '@jest/globals';
import { describeTransport } from '@troupe/core/conformance';
import { removeJournalledObjects } from '@troupe/posix';
import { shmTransport } from '@troupe/transport-shm';

// Segment and wake-up do not know of each other: each is run with something. TROUPE_TEST_ALL_LANES=1 runs all 21 pairs.
const EACH_ONCE = [
  ...['eventfd', 'futex', 'posix-sem', 'sysv-sem', 'fifo', 'signal', 'spin'].map((wakeUp) => ({
    segment: 'memfd',
    wakeUp,
  })),
  { segment: 'posix', wakeUp: 'eventfd' },
  { segment: 'sysv', wakeUp: 'eventfd' },
];
const ALL = ['memfd', 'posix', 'sysv'].flatMap((segment) =>
  EACH_ONCE.slice(0, -2).map(({ wakeUp }) => ({ segment, wakeUp })),
);

describe.each(process.env['TROUPE_TEST_ALL_LANES'] === '1' ? ALL : EACH_ONCE)(
  'lanes in $segment segments, woken by $wakeUp',
  (options) => {
    describeTransport(
      { describe, expect, it },
      {
        name: 'shm',
        module: new URL('../../dist/index.js', import.meta.url).href,
        create: () => shmTransport(options),
        options,
        cleanUp: removeJournalledObjects,
        capabilities: {
          reach: 'host',
          maxFrameBytes: 2_097_144,
          survivesSender: true,
          survivesReceiver: false,
          priority: false,
        },
      },
    );
  },
);
