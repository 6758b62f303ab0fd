// The short life of a lane's name in the file system: where it stands, and its removal by whoever comes last.
import { step, TroupeError } from '@troupe/core/transport';
import type { LaneOffer, ReceiveOptions } from '@troupe/core/transport';
import { currentUid } from '@troupe/posix';
import { lstatSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

export function lanePath(options: ReceiveOptions, ending: string): string {
  return join(options.directory, options.lane + ending);
}

export function offeredPath(offer: LaneOffer, transport: string): string {
  const { path } = offer;
  if (offer.transport === transport && typeof path === 'string') return path;
  throw new TroupeError(
    'TROUPE_PROTOCOL_VIOLATION',
    `Cannot open a lane for sending: the offer is not one of the transport '${transport}'. Both nodes must use the same one.`,
    { details: { offer } },
  );
}

/** What stands at `path` now, to recognise it later; undefined when nothing does. */
export function inodeAt(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino;
}

/** Removes the name, unless it is gone or stands for something else by now. */
export function removeName(path: string, inode: number | undefined): void {
  if (inode === undefined || inodeAt(path) !== inode) return;
  step('pipe.unlink.before');
  try {
    unlinkSync(path);
  } catch (error) {
    // Sender and receiver may both be the last; one of them finds it gone.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  step('pipe.unlink.after');
}

/** Removes a name that the sender was the last to know: a FIFO or socket of this user, nothing else. */
export function removeLastName(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.uid !== currentUid() || !(stats.isFIFO() || stats.isSocket())) return;
  removeName(path, stats.ino);
}
