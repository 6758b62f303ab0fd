// The short life of a lane's name in the file system: where it stands, and its removal by whoever comes last.
import { ownInodeAt, removeLaneName } from '@troupe/core/transport';
import type { ReceiveOptions } from '@troupe/core/transport';
import { join } from 'node:path';

export function lanePath(options: ReceiveOptions): string {
  return join(options.directory, `${options.lane}.sock`);
}

export function removeName(path: string, inode: bigint | undefined): void {
  if (inode !== undefined) removeLaneName(path, inode);
}

/** Removes a name that the sender was the last to know. */
export function removeLastName(path: string): void {
  removeName(path, ownInodeAt(path));
}
