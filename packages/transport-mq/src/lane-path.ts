// The short life of a lane's name in the file system: where it stands, and its removal by whoever comes last.
import type { ReceiveOptions } from '@troupe/core/transport';
import { currentUid } from '@troupe/posix';
import { lstatSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

export function lanePath(options: ReceiveOptions): string {
  return join(options.directory, `${options.lane}.sock`);
}

/** What stands at `path` now, to recognise it later; undefined when nothing does. */
export function inodeAt(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino;
}

/** Removes the name, unless it is gone or stands for something else by now. */
export function removeName(path: string, inode: number | undefined): void {
  if (inode === undefined || inodeAt(path) !== inode) return;
  try {
    unlinkSync(path);
  } catch (error) {
    // Sender and receiver may both be the last; one of them finds it gone.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Removes a name that the sender was the last to know: a socket of this user, nothing else. */
export function removeLastName(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.uid !== currentUid() || !stats.isSocket()) return;
  removeName(path, stats.ino);
}
