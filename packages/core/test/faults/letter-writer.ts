// A program that is no node: finds the letterbox of a victim as docs/interop.md says, and puts letters into it.
import {
  closeDescriptor,
  isSystemError,
  openFifoForWriting,
  openPosixQueue,
  sendToPosixQueue,
  sendToSysvQueue,
  SYSV_TYPE_BYTES,
  writeDescriptor,
} from '@troupe/posix';
import type { KernelObject } from '@troupe/posix';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LETTERS, makeFrame } from './frames.ts';
import type { LifeProcess } from './life-process.ts';
import type { Meeting } from './survivor.ts';

const LETTER_TYPE = 3;
const LOOK_MS = 2;
const BRACE = Buffer.from('{');

/** Posts to a victim with a letterbox in `directory`, until all is sent or the victim is gone. */
export async function postTo(victim: LifeProcess, directory: string): Promise<Meeting> {
  const meeting: Meeting = { received: 0, sent: 0, end: undefined, faults: [] };
  await victim.until('hung');
  while (!victim.isOver && meeting.sent < LETTERS) {
    const letter = Buffer.concat([BRACE, makeFrame(meeting.sent)]);
    try {
      if (post(directory, letter)) meeting.sent += 1;
      else await delay(LOOK_MS);
    } catch (error) {
      if (!isGone(error)) throw error;
      // It is about to end, or stopped on its way there.
      await delay(LOOK_MS);
    }
  }
  await victim.over();
  return meeting;
}

/** The POSIX queue that a letterbox in `directory` leads to, as its node's journal would name it; none where there is none. */
export function letterboxIn(directory: string): readonly KernelObject[] {
  const path = join(directory, 'letterbox');
  if (!existsSync(path)) return [];
  const [kind, name = ''] = readFileSync(path, 'utf8').trim().split(' ');
  return kind === 'posix-mq' ? [{ kind: 'posix-queue', name }] : [];
}

/** False: the queue is full. */
function post(directory: string, letter: Buffer): boolean {
  const [kind, address = ''] = readFileSync(join(directory, 'letterbox'), 'utf8').trim().split(' ');
  if (kind === 'sysv-mq') {
    const typed = Buffer.alloc(SYSV_TYPE_BYTES + letter.length);
    typed.writeUInt32LE(LETTER_TYPE, 0);
    letter.copy(typed, SYSV_TYPE_BYTES);
    const isSent = sendToSysvQueue(Number(address), typed);
    ring(join(directory, 'letterbox.bell'));
    return isSent;
  }
  const queue = openPosixQueue(address);
  try {
    return sendToPosixQueue(queue, letter, 0);
  } finally {
    closeDescriptor(queue);
  }
}

function ring(path: string): void {
  const bell = openFifoForWriting(path);
  try {
    writeDescriptor(bell, BRACE, 0, 1);
  } finally {
    closeDescriptor(bell);
  }
}

/** No letterbox, no queue, or nobody who listens to the bell. */
function isGone(error: unknown): boolean {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
  return ['ENXIO', 'EPIPE', 'EINVAL', 'EIDRM'].some((code) => isSystemError(error, code));
}
