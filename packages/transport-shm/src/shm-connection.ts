// How a sender comes by the memory of a lane: it connects to the receiver's socket, is handed three descriptors beside one
// byte, and maps what it was handed once the header is the one that was offered.
import { noListener, step } from '@troupe/core/transport';
import {
  closeDescriptor,
  connectUnix,
  currentUid,
  isSystemError,
  openMemfdSegment,
  peerCredentials,
  receiveDescriptors,
  watchDescriptor,
} from '@troupe/posix';
import { setTimeout as delay } from 'node:timers/promises';
import { notTheOffered, permission, sendFailure } from './lane-failure.ts';
import { ringIdentity } from './lane-offer.ts';
import type { ShmOffer } from './lane-offer.ts';
import { removeLastName } from './lane-path.ts';
import { ringBytes } from './ring-buffer-layout.ts';
import { checkHeader } from './ring-header.ts';
import { MappedRingMemory } from './ring-memory.ts';

const LONGEST_RETRY_MS = 50;
/** The memory, the reader's bell, the writer's bell. */
const HANDED_OVER = 3;

/** What a sending end is made of; the descriptors are its own. */
export interface ShmConnection {
  /** Its end is the end of the receiver; nothing comes over it. */
  readonly socket: number;
  readonly readerBell: number;
  readonly writerBell: number;
  readonly memory: ArrayBuffer;
}

/** Opens what was offered within `timeoutMs`, or throws TROUPE_NO_LISTENER; leaves nothing open when it throws. */
export async function openConnection(
  offer: ShmOffer,
  lane: string,
  timeoutMs: number,
): Promise<ShmConnection> {
  const deadline = performance.now() + timeoutMs;
  step('shm.attach.before');
  const socket = await connect(offer.path, lane, deadline);
  step('shm.attach.connected');
  let descriptors: readonly number[] = [];
  try {
    const { uid } = peerCredentials(socket);
    if (uid !== currentUid()) {
      throw permission(`open ${lane} for sending`, `user ${uid} listens there`, undefined);
    }
    // Removed here too: a receiver killed before it has accepted would leave it.
    removeLastName(offer.path);
    descriptors = await awaitDescriptors(socket, offer.path, lane, deadline);
    step('shm.attach.received');
    return attach(socket, descriptors, offer, lane);
  } catch (error) {
    for (const fd of [socket, ...descriptors]) closeDescriptor(fd);
    throw sendFailure(error, lane, offer.path);
  }
}

async function connect(path: string, lane: string, deadline: number): Promise<number> {
  for (let retryMs = 1; ; retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS)) {
    try {
      return connectUnix(path);
    } catch (error) {
      // Whoever offered it died before anybody came: this sender is the last one who knows the name.
      if (isSystemError(error, 'ECONNREFUSED')) removeLastName(path);
      if (!isSystemError(error, 'EAGAIN')) throw sendFailure(error, lane, path);
      if (performance.now() + retryMs > deadline) throw noListener(lane, path, error);
      // Others wait in the queue of the listener. Those who retry must not all come back at the same moment.
      await delay(retryMs * (0.5 + Math.random()));
    }
  }
}

function awaitDescriptors(
  socket: number,
  path: string,
  lane: string,
  deadline: number,
): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      watch.close();
      act();
    };
    const watch = watchDescriptor(socket, () => {
      try {
        const { bytes, descriptors } = receiveDescriptors(socket, Buffer.alloc(1), HANDED_OVER);
        if (bytes < 0) return;
        settle(() => {
          if (bytes === 0) reject(noListener(lane, path));
          else resolve(descriptors);
        });
      } catch (error) {
        settle(() => reject(error instanceof Error ? error : noListener(lane, path, error)));
      }
    });
    const timer = setTimeout(
      () => settle(() => reject(noListener(lane, path))),
      Math.max(0, deadline - performance.now()),
    );
    watch.update({ readable: true });
  });
}

function attach(
  socket: number,
  descriptors: readonly number[],
  offer: ShmOffer,
  lane: string,
): ShmConnection {
  const [memfd, readerBell, writerBell] = descriptors;
  if (memfd === undefined || readerBell === undefined || writerBell === undefined) {
    throw notTheOffered(lane, `${descriptors.length} descriptors came where ${HANDED_OVER} belong to a lane`);
  }
  const segment = openMemfdSegment(memfd, ringBytes(offer.capacityBytes));
  const memory = segment.buffer;
  segment.close();
  step('shm.attach.mapped');
  checkHeader(new MappedRingMemory(memory), ringIdentity(offer), lane);
  closeDescriptor(memfd);
  step('shm.attach.after');
  return { socket, readerBell, writerBell, memory };
}
