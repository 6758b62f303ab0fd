// The face of @troupe/transport-mq: two transports over message queues. `transports` is what Troupe loads by name.
import type { TransportFactory } from '@troupe/core/transport';
import { posixMqTransport } from './posix-mq-transport.ts';
import { sysvMqTransport } from './sysv-mq-transport.ts';

export type { MqTransportOptions } from './lane-options.ts';
export { posixMqTransport, sysvMqTransport };

/** The transports of this package by name, for Troupe to load. */
export const transports: Readonly<Record<'posix-mq' | 'sysv-mq', TransportFactory>> = {
  'posix-mq': posixMqTransport,
  'sysv-mq': sysvMqTransport,
};
