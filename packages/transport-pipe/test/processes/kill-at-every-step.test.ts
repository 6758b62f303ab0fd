// A process that dies or stops anywhere between two things a lane over a descriptor does. A pipe of parent and child has no
// steps of its own: what is special to it happens before the child runs.
import { fifoTransport, unixTransport } from '@troupe/transport-pipe';
import { join } from 'node:path';
import { describeEveryStep, stagingSubjects } from '../../../core/test/faults/every-step.ts';

const builtModule = new URL('../../dist/index.js', import.meta.url).href;
// Much more than the kernel takes, so that something waits for it.
const options = { stagingBytes: 1024 * 1024 };

describeEveryStep(
  stagingSubjects(builtModule, options, { unix: unixTransport, fifo: fifoTransport }),
  join(import.meta.dirname, '../../src'),
);
