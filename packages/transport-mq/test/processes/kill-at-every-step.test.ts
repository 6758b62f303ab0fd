// A process that dies or stops anywhere between two things a lane over a queue does.
import { posixMqTransport, sysvMqTransport } from '@troupe/transport-mq';
import { join } from 'node:path';
import { describeEveryStep } from '../../../core/test/faults/every-step.ts';

const builtModule = new URL('../../dist/index.js', import.meta.url).href;
// Much more than a queue takes, so that something waits for it.
const options = { stagingBytes: 256 * 1024 };

describeEveryStep(
  [
    { title: 'posix-mq', name: 'posix-mq', create: posixMqTransport },
    { title: 'sysv-mq', name: 'sysv-mq', create: sysvMqTransport },
  ].map(({ title, name, create }) => ({
    title,
    source: { module: builtModule, name, options },
    create: () => create(options),
    // What was committed goes to the queue when the turn ends.
    commitsAtOnce: false,
  })),
  join(import.meta.dirname, '../../src'),
);
