// The two transports of this package, and a hand on the queue itself.
import type { LaneOffer } from '@troupe/core/transport';
import {
  closeDescriptor,
  journalledObjects,
  openPosixQueue,
  removeSysvQueue,
  sendToPosixQueue,
  sendToSysvQueue,
  SYSV_TYPE_BYTES,
  unlinkPosixQueue,
} from '@troupe/posix';
import { closeSync, constants, existsSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
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

/** Rings what wakes the node whose letterbox hangs in `directory`, if it needs ringing. */
export function ringLetterbox(directory: string): void {
  const path = join(directory, 'letterbox.bell');
  if (!existsSync(path)) return;
  const bell = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  writeSync(bell, '!');
  closeSync(bell);
}

/** Takes away the queue of `offer` as an administrator does, with `ipcrm` or `mq_unlink`. */
export function removeQueue({ queue }: LaneOffer): void {
  if (typeof queue === 'number') removeSysvQueue(queue);
  else unlinkPosixQueue(String(queue));
}

/** How many queues the journal in `directory` knows. */
export function queuesIn(directory: string): number {
  return journalledObjects(directory).length;
}
