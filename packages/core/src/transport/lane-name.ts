// The short life of a lane's name in the file system: its removal by whoever comes last, and by nobody else. A name is known again
// by its inode, for it may stand for something else by now.
import { lstatSync, unlinkSync } from 'node:fs';

// As bigints, because Node 20 is left confused by other looks at a socket: `import` then takes the next symbolic link for what it
// leads to, and packages that are linked into place are loaded twice or not found.
const LOOK = { throwIfNoEntry: false, bigint: true } as const;

/** Inode of what stands at `path` now; undefined when nothing does. */
export function inodeAt(path: string): bigint | undefined {
  return lstatSync(path, LOOK)?.ino;
}

/** The same for a socket or FIFO of this user; undefined for everything else. */
export function ownInodeAt(path: string): bigint | undefined {
  const stats = lstatSync(path, LOOK);
  if (stats === undefined || stats.uid !== BigInt(process.getuid?.() ?? -1)) return undefined;
  return stats.isSocket() || stats.isFIFO() ? stats.ino : undefined;
}

/** Removes the name, unless it is gone or stands for something else by now. */
export function removeLaneName(path: string, inode: bigint): void {
  if (inodeAt(path) !== inode) return;
  try {
    unlinkSync(path);
  } catch (error) {
    // Sender and receiver may both be the last; one of them finds it gone.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
