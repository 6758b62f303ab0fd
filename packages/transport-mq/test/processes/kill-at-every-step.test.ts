// A process that dies or stops anywhere between two things a lane over a queue does.
import { transports } from '@troupe/transport-mq';
import { join } from 'node:path';
import { describeEveryStep, stagingSubjects } from '../../../core/test/faults/every-step.ts';

const builtModule = new URL('../../dist/index.js', import.meta.url).href;
// Much more than a queue takes, so that something waits for it.
const options = { stagingBytes: 256 * 1024 };

describeEveryStep(stagingSubjects(builtModule, options, transports), join(import.meta.dirname, '../../src'));
