// The short life of a lane's name in the file system: its removal by whoever comes last, and by nobody else. A name is known again
// by its inode, for it may stand for something else by now.
import { lstatSync, unlinkSync } from 'node:fs';

/** Inode of what stands at `path` now; undefined when nothing does. */
export function inodeAt(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino;
}

/** The same for a socket or FIFO of this user; undefined for everything else. */
export function ownInodeAt(path: string): number | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.uid !== process.getuid?.()) return undefined;
  return stats.isSocket() || stats.isFIFO() ? stats.ino : undefined;
}

/** Removes the name, unless it is gone or stands for something else by now. */
export function removeLaneName(path: string, inode: number): void {
  if (inodeAt(path) !== inode) return;
  try {
    unlinkSync(path);
  } catch (error) {
    // Sender and receiver may both be the last; one of them finds it gone.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
