// Where programs that are no nodes find the queue of a node: a file in its directory, of one line. It says which kind of queue it
// is, how to open it, and how long a message may be. Who cannot be waited for has a bell beside it.
//
//   posix-mq /troupe-0123456789abcdef0123456789abcdef 8192
//   sysv-mq 32770 8192
import { step } from '@troupe/core/transport';
import type { OwnQueue } from './queue.ts';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LETTERBOX = 'letterbox';
const BELL = 'letterbox.bell';

/** Puts up the letterbox of `queue`; the function returned takes it down. */
export function hangLetterbox(directory: string, transport: string, queue: OwnQueue): () => void {
  const path = join(directory, LETTERBOX);
  const bell = join(directory, BELL);
  const takeDown = (): void => {
    step('mq.letterbox.taking-down');
    for (const name of [path, `${path}.new`, bell]) rmSync(name, { force: true });
    step('mq.letterbox.taken-down');
  };
  try {
    step('mq.letterbox.before');
    queue.hangBell(bell);
    step('mq.letterbox.bell');
    // Whole when it is there.
    writeFileSync(`${path}.new`, `${transport} ${queue.address} ${queue.messageBytes}\n`, {
      mode: 0o600,
      flag: 'wx',
    });
    step('mq.letterbox.written');
    renameSync(`${path}.new`, path);
    step('mq.letterbox.hung');
    return takeDown;
  } catch (error) {
    takeDown();
    throw error;
  }
}
