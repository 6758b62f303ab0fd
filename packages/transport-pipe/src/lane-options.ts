// What the three transports of this package can be told, and its bound.
import type { Size } from '@troupe/core/transport';
import { PIPE_BYTES } from './descriptor-sender.ts';

/** Options of `pipe`, `fifo` and `unix`. */
export interface PipeTransportOptions {
  /**
   * Memory of the sending end: how much of a lane may wait until the kernel takes it. Bytes or a size such as `'256KiB'`,
   * from 64 KiB to 64 MiB. Default 1 MiB.
   */
  readonly stagingBytes?: Size;
}

/** What a kernel pipe takes at once: a sender with less would wait for the kernel in each turn. */
export const LEAST_STAGING_BYTES = PIPE_BYTES;
