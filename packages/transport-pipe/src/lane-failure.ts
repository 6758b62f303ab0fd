// What the kernel refused to the three transports of this package, in Troupe's words.
import { laneFailures } from '@troupe/core/transport';

// ENXIO: a FIFO that nobody reads.
export const { receiving: receiveFailure, sending: sendFailure } = laneFailures({ gone: ['ENXIO'] });
