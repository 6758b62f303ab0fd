// What the kernel refused to a lane over a queue, in Troupe's words. Limits of the queues themselves are told by queue-limit.ts.
import { laneFailures } from '@troupe/core/transport';

// The last two: a System V queue that is gone.
export const { receiving: receiveFailure, sending: sendFailure } = laneFailures({
  gone: ['ECONNRESET', 'EIDRM', 'EINVAL'],
});
