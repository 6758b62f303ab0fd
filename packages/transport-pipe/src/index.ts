// The face of @troupe/transport-pipe: three transports over descriptors. `transports` is what Troupe loads by name.
import type { TransportFactory } from '@troupe/core/transport';
import { fifoTransport } from './fifo-transport.ts';
import { pipeTransport } from './pipe-transport.ts';
import { unixTransport } from './unix-transport.ts';

export type { PipeTransportOptions } from './lane-options.ts';
export { fifoTransport, pipeTransport, unixTransport };

/** The transports of this package by name, for Troupe to load. */
export const transports: Readonly<Record<'pipe' | 'fifo' | 'unix', TransportFactory>> = {
  pipe: pipeTransport,
  fifo: fifoTransport,
  unix: unixTransport,
};
