// The face of @troupe/transport-shm: the transport over shared memory. `transports` is what Troupe loads by name.
import type { TransportFactory } from '@troupe/core/transport';
import { shmTransport } from './shm-transport.ts';

export type { ShmTransportOptions } from './lane-options.ts';
export { shmTransport };

/** A factory a name, which is where Troupe finds the transport. */
export const transports: Readonly<Record<'shm', TransportFactory>> = { shm: shmTransport };
