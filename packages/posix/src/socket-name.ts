// The short life of a socket's or FIFO's name in the file system: its removal by whoever comes last, and by nobody else. A name
// is known again by its inode, for it may stand for something else by now.
import { lstatSync, unlinkSync } from 'node:fs';
import { currentUid } from './user.ts';

// As bigints, because Node 20 is left confused by other looks at a socket: `import` then takes the next symbolic link for what it
// leads to, and packages that are linked into place are loaded twice or not found.
const LOOK = { throwIfNoEntry: false, bigint: true } as const;

/** Inode of what stands at `path` now; undefined when nothing does. */
export function inodeAt(path: string): bigint | undefined {
  return lstatSync(path, LOOK)?.ino;
}

/** Removes the name that was made as `inode`, unless it is gone or stands for something else by now; undefined: none was made. */
export function removeName(path: string, inode: bigint | undefined): void {
  if (inode === undefined || inodeAt(path) !== inode) return;
  try {
    unlinkSync(path);
  } catch (error) {
    // Both sides may be the last to know the name; one of them finds it gone.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Removes the name of a socket or FIFO of this user, by whoever was the last to know it; leaves everything else. */
export function removeOwnName(path: string): void {
  const stats = lstatSync(path, LOOK);
  if (stats === undefined || stats.uid !== BigInt(currentUid())) return;
  if (stats.isSocket() || stats.isFIFO()) removeName(path, stats.ino);
}
