// The two transports of this package, and a hand on the queue itself.
import type { LaneOffer } from '@troupe/core/transport';
import {
  closeDescriptor,
  journalledObjects,
  openPosixQueue,
  sendToPosixQueue,
  sendToSysvQueue,
  SYSV_TYPE_BYTES,
} from '@troupe/posix';
import { posixMqTransport, sysvMqTransport } from '../src/index.ts';

export const transports = [
  ['posix-mq', posixMqTransport],
  ['sysv-mq', sysvMqTransport],
] as const;

/** Puts `message` into the queue of `offer`, as any program of this user can; false when the queue is full. */
export function putInto(offer: LaneOffer, message: Uint8Array): boolean {
  const { queue } = offer;
  if (typeof queue === 'number') {
    const typed = Buffer.alloc(SYSV_TYPE_BYTES + message.length);
    typed.writeUInt32LE(2, 0);
    typed.set(message, SYSV_TYPE_BYTES);
    return sendToSysvQueue(queue, typed);
  }
  const fd = openPosixQueue(String(queue));
  try {
    return sendToPosixQueue(fd, message, 0);
  } finally {
    closeDescriptor(fd);
  }
}

/** How many queues the journal in `directory` knows. */
export function queuesIn(directory: string): number {
  return journalledObjects(directory).length;
}
