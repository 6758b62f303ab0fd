// How a sender comes to the queue of its peer: it connects to the receiver's socket, waits until it is let in, and opens the
// queue that was offered, if it is of this user.
import { laneRefused, noListener, step } from '@troupe/core/transport';
import type { LaneOffer } from '@troupe/core/transport';
import {
  closeDescriptor,
  connectUnix,
  currentUid,
  isSystemError,
  peerCredentials,
  receiveDescriptors,
  watchDescriptor,
} from '@troupe/posix';
import { setTimeout as delay } from 'node:timers/promises';
import { sendFailure } from './lane-failure.ts';
import { readOffer } from './lane-offer.ts';
import { removeLastName } from './lane-path.ts';
import { STARTED } from './lane-words.ts';
import type { PeerQueue, QueueKind } from './queue.ts';

const LONGEST_RETRY_MS = 50;

/** What a sending end is made of. */
export interface MqConnection {
  /** Names the lane in errors. */
  readonly name: string;
  /** Of the socket where the receiver waited. */
  readonly path: string;
  /** Number of the lane in the queue. */
  readonly lane: number;
  /** Its end is the end of the receiver. */
  readonly socket: number;
  readonly queue: PeerQueue;
  /** Whether the lane was read already when the sender was let in. */
  readonly isStarted: boolean;
}

interface Handover {
  readonly descriptors: readonly number[];
  readonly isStarted: boolean;
}

/** Opens what was offered within `timeoutMs`, or throws TROUPE_NO_LISTENER; leaves nothing open when it throws. */
export async function openConnection(
  kind: QueueKind,
  offer: LaneOffer,
  timeoutMs: number,
): Promise<MqConnection> {
  const { path, lane } = readOffer(offer, kind.name);
  kind.checkOffer(offer);
  const name = `the ${kind.name} lane at ${path}`;
  const deadline = performance.now() + timeoutMs;
  step('mq.attach.before');
  const socket = await connect(path, name, deadline);
  step('mq.attach.connected');
  let handover: Handover = { descriptors: [], isStarted: false };
  try {
    const { uid } = peerCredentials(socket);
    if (uid !== currentUid()) {
      throw laneRefused(`open ${name} for sending`, `user ${uid} listens there`, undefined);
    }
    // Removed here too: a receiver killed before it has accepted would leave it.
    removeLastName(path);
    handover = await awaitHandover(socket, kind.handoverCount, path, name, deadline);
    step('mq.attach.let-in');
    const queue = kind.open(offer, handover.descriptors, socket);
    step('mq.attach.after');
    return { name, path, lane, socket, queue, isStarted: handover.isStarted };
  } catch (error) {
    for (const fd of [socket, ...handover.descriptors]) closeDescriptor(fd);
    throw sendFailure(error, name, path);
  }
}

async function connect(path: string, name: string, deadline: number): Promise<number> {
  for (let retryMs = 1; ; retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS)) {
    try {
      return connectUnix(path);
    } catch (error) {
      // Whoever offered it died before anybody came: this sender is the last one who knows the name.
      if (isSystemError(error, 'ECONNREFUSED')) removeLastName(path);
      if (!isSystemError(error, 'EAGAIN')) throw sendFailure(error, name, path);
      if (performance.now() + retryMs > deadline) throw noListener(name, path, error);
      // Others wait in the queue of the listener. Those who retry must not all come back at the same moment.
      await delay(retryMs * (0.5 + Math.random()));
    }
  }
}

function awaitHandover(
  socket: number,
  count: number,
  path: string,
  name: string,
  deadline: number,
): Promise<Handover> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      watch.close();
      act();
    };
    const watch = watchDescriptor(socket, () => {
      try {
        const word = Buffer.alloc(1);
        const { bytes, descriptors } = receiveDescriptors(socket, word, count);
        if (bytes < 0) return;
        settle(() => {
          if (bytes === 0) reject(noListener(name, path));
          else resolve({ descriptors, isStarted: word[0] === STARTED });
        });
      } catch (error) {
        settle(() => reject(error instanceof Error ? error : noListener(name, path, error)));
      }
    });
    const timer = setTimeout(
      () => settle(() => reject(noListener(name, path))),
      Math.max(0, deadline - performance.now()),
    );
    watch.update({ readable: true });
  });
}
