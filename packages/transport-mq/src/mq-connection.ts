// How a sender comes to the queue of its peer: it comes to the receiver's door, waits until it is let in, and opens the
// queue that was offered, if it is of this user.
import { noListener, step } from '@troupe/core/transport';
import type { LaneOffer } from '@troupe/core/transport';
import { closeDescriptor, enterUnixDoor, readBefore, receiveDescriptors } from '@troupe/posix';
import { sendFailure } from './lane-failure.ts';
import { readOffer } from './lane-offer.ts';
import { STARTED } from './lane-words.ts';
import type { PeerQueue, QueueKind } from './queue.ts';

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
  let socket: number | undefined;
  let handover: Handover = { descriptors: [], isStarted: false };
  try {
    socket = await enterUnixDoor(path, deadline);
    step('mq.attach.connected');
    handover = await awaitHandover(socket, kind.handoverCount, path, name, deadline);
    step('mq.attach.let-in');
    const queue = kind.open(offer, handover.descriptors, socket);
    step('mq.attach.after');
    return { name, path, lane, socket, queue, isStarted: handover.isStarted };
  } catch (error) {
    if (socket !== undefined) closeDescriptor(socket);
    for (const fd of handover.descriptors) closeDescriptor(fd);
    throw sendFailure(error, name, path);
  }
}

async function awaitHandover(
  socket: number,
  count: number,
  path: string,
  name: string,
  deadline: number,
): Promise<Handover> {
  const word = Buffer.alloc(1);
  const received = await readBefore(socket, deadline, () => {
    const { bytes, descriptors } = receiveDescriptors(socket, word, count);
    return bytes < 0 ? undefined : { bytes, descriptors };
  });
  if (received === undefined || received.bytes === 0) throw noListener(name, path);
  return { descriptors: received.descriptors, isStarted: word[0] === STARTED };
}
