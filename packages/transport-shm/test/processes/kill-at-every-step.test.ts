// A process that dies or stops anywhere between two things a lane in shared memory does.
import { shmTransport } from '@troupe/transport-shm';
import { join } from 'node:path';
import { describeEveryStep } from '../../../core/test/faults/every-step.ts';

const options = { capacityBytes: 64 * 1024 };

describeEveryStep(
  [
    {
      title: 'shm',
      source: { module: new URL('../../dist/index.js', import.meta.url).href, name: 'shm', options },
      create: () => shmTransport(options),
      commitsAtOnce: true,
    },
  ],
  join(import.meta.dirname, '../../src'),
);
