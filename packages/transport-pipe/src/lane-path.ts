// The short life of a lane's name in the file system: where it stands, and its removal by whoever comes last.
import { ownInodeAt, removeLaneName, step, TroupeError } from '@troupe/core/transport';
import type { LaneOffer, ReceiveOptions } from '@troupe/core/transport';
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

export function removeName(path: string, inode: bigint | undefined): void {
  if (inode === undefined) return;
  step('pipe.unlink.before');
  removeLaneName(path, inode);
  step('pipe.unlink.after');
}

/** Removes a name that the sender was the last to know. */
export function removeLastName(path: string): void {
  removeName(path, ownInodeAt(path));
}
