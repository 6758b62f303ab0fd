// What the two transports of this package can be told, and its bound.
import type { Size } from '@troupe/core/transport';

/** What `transport: { name: 'posix-mq', ... }` and `transport: { name: 'sysv-mq', ... }` take beside the name. */
export interface MqTransportOptions {
  /**
   * Memory of a sending end: how much of a lane may wait until there is room in the queue. Bytes or a size such as `'256KiB'`,
   * from 128 KiB to 64 MiB. Default 1 MiB.
   */
  readonly stagingBytes?: Size;
}

/** A record of the largest frame, and as much again behind it. */
export const LEAST_STAGING_BYTES = 128 * 1024;
