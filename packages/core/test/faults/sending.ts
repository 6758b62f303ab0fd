// The life of a sender that passes every step a sender has: it fills the lane, waits for room, sends more than the lane takes
// at once, sends to a receiver that sleeps, and closes a lane that is full.
import type { FrameWriter } from '@troupe/core/transport';
import { setTimeout as delay } from 'node:timers/promises';
import { isLarge, makeFrame } from './frames.ts';

const FLUSH_MS = 10;
const MORE_FRAMES = 60;
const TRICKLED_FRAMES = 10;
// Longer than any receiver keeps looking.
const TRICKLE_MS = 4;

/** What a sender tells while it sends. */
export interface SendingLog {
  /** So many frames were taken by the lane. */
  sent(count: number): void;
  /** So many arrive whatever becomes of the sender, if the transport commits at once. */
  settled(count: number): void;
  /** The lane is full. */
  full(): void;
  /** All is sent; the lane is about to be closed. */
  closing(): void;
}

/** Sends numbered frames, then closes. `mayBlock`: whether to wait for room with the event loop standing still, too. */
export async function sendAll(writer: FrameWriter, log: SendingLog, mayBlock: boolean): Promise<void> {
  let seq = 0;
  const taken = (): void => {
    seq += 1;
    log.sent(seq);
    if (!isLarge(seq - 1)) log.settled(seq);
  };
  while (writer.send(makeFrame(seq))) taken();
  if (mayBlock) writer.flushBlocking(FLUSH_MS);
  log.full();
  for (let count = 0; count < MORE_FRAMES; count += 1) {
    while (!writer.send(makeFrame(seq))) await writer.drained();
    taken();
    if (!isLarge(seq - 1)) continue;
    await writer.drained();
    log.settled(seq);
  }
  for (let count = 0; count < TRICKLED_FRAMES; count += 1) {
    await delay(TRICKLE_MS);
    while (!writer.send(makeFrame(seq))) await writer.drained();
    taken();
  }
  // Closed while as much waits as can.
  while (writer.send(makeFrame(seq))) taken();
  log.closing();
  await writer.close();
}
