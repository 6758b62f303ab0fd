// A directory for lanes, lanes opened within this process, what came over them, and a hand on the queue itself.
import { openReceiver, openSender } from '@troupe/core/transport';
import type { FrameReader, FrameWriter, LaneOffer, Transport } from '@troupe/core/transport';
import {
  closeDescriptor,
  journalledObjects,
  openPosixQueue,
  sendToPosixQueue,
  sendToSysvQueue,
  SYSV_TYPE_BYTES,
} from '@troupe/posix';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { posixMqTransport, sysvMqTransport } from '../src/index.ts';

export const transports = [
  ['posix-mq', posixMqTransport],
  ['sysv-mq', sysvMqTransport],
] as const;

export interface OpenLane {
  readonly reader: FrameReader;
  readonly writer: FrameWriter;
  readonly frames: string[];
  readonly ended: Promise<Error | undefined>;
  readonly senderEnded: Promise<Error>;
}

const WATCHDOG_MS = 30_000;

export function makeDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'troupe-mq-'));
}

/** Removes the directory, in which nothing may be left: no name, and no entry of an object of the kernel. */
export function removeDirectory(directory: string): void {
  const left = readdirSync(directory);
  rmSync(directory, { recursive: true });
  expect(left).toEqual([]);
}

export async function openLane(
  transport: Transport,
  directory: string,
  lane = 'lane',
  onFrame: (frame: string) => void = () => {},
): Promise<OpenLane> {
  const frames: string[] = [];
  let end: (error?: Error) => void = () => {};
  let lose: (error: Error) => void = () => {};
  const ended = new Promise<Error | undefined>((resolve) => (end = resolve));
  const senderEnded = new Promise<Error>((resolve) => (lose = resolve));
  const reader = await openReceiver(transport, {
    peer: 'sender',
    directory,
    lane,
    onFrame: (memory, start, to) => {
      const frame = memory.toString('latin1', start, to);
      frames.push(frame);
      onFrame(frame);
    },
    onEnd: (error) => end(error),
  });
  const writer = await openSender(transport, reader.offer, {
    peer: 'receiver',
    directory,
    timeoutMs: 5000,
    onEnd: (error) => lose(error),
  });
  return { reader, writer, frames, ended, senderEnded };
}

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

/** How many descriptors this process has open. */
export function descriptorCount(): number {
  return readdirSync('/proc/self/fd').length;
}

export async function eventually(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + WATCHDOG_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`it never came to be that ${what}`);
    await delay(2);
  }
}
