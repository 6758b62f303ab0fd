// How a sender comes by the memory of a lane: it connects to the receiver's socket, is told where the memory is and how the
// receiver is rung, attaches once the header is the one that was offered, and answers how it is rung itself.
import { laneRefused, noListener, step } from '@troupe/core/transport';
import type { SendOptions } from '@troupe/core/transport';
import {
  closeDescriptor,
  connectUnix,
  currentUid,
  isSystemError,
  peerCredentials,
  watchDescriptor,
} from '@troupe/posix';
import { setTimeout as delay } from 'node:timers/promises';
import { readHandover, receiveMessage, sendBell } from './handover.ts';
import type { Handover } from './handover.ts';
import { notTheOffered, sendFailure } from './lane-failure.ts';
import { ringIdentity } from './lane-offer.ts';
import type { ShmOffer } from './lane-offer.ts';
import { removeLastName } from './lane-path.ts';
import { ringBytes } from './ring-buffer-layout.ts';
import { checkHeader } from './ring-header.ts';
import { MappedRingMemory } from './ring-memory.ts';
import { attachRingSegment } from './ring-segment.ts';
import type { Ringer } from './wake-up/contract.ts';
import type { BellMembership, NodeBell } from './wake-up/node-bell.ts';
import { openRinger } from './wake-up/open-bell.ts';

const LONGEST_RETRY_MS = 50;

/** What a sending end is made of; `closeConnection` gives it back. */
export interface ShmConnection {
  /** Its end is the end of the receiver; nothing more comes over it. */
  readonly socket: number;
  /** Rings the receiver. */
  readonly ringer: Ringer;
  /** By which the receiver rings this side. */
  readonly bell: BellMembership;
  readonly memory: ArrayBuffer;
}

/** What a connection is opened with. */
export interface ConnectOptions extends Pick<SendOptions, 'directory' | 'timeoutMs'> {
  /** Names the lane in errors. */
  readonly lane: string;
  /** Of this node. */
  readonly bell: NodeBell;
  /** Called after the bell was rung, for this lane or another. */
  readonly onRing: () => void;
}

/** Opens what was offered within `timeoutMs`, or throws TROUPE_NO_LISTENER; leaves nothing open when it throws. */
export async function openConnection(offer: ShmOffer, options: ConnectOptions): Promise<ShmConnection> {
  const { lane, timeoutMs } = options;
  const deadline = performance.now() + timeoutMs;
  step('shm.attach.before');
  const socket = await connect(offer.path, lane, deadline);
  step('shm.attach.connected');
  let given: Given | undefined;
  try {
    const { uid } = peerCredentials(socket);
    if (uid !== currentUid()) {
      throw laneRefused(`open ${lane} for sending`, `user ${uid} listens there`, undefined);
    }
    // Removed here too: a receiver killed before it has accepted would leave it.
    removeLastName(offer.path);
    given = await awaitHandover(socket, offer.path, lane, deadline);
    step('shm.attach.received');
    return attach(socket, given, offer, options);
  } catch (error) {
    for (const fd of [socket, ...(given?.open ?? [])]) closeDescriptor(fd);
    throw sendFailure(error, lane, offer.path);
  }
}

export function closeConnection({ socket, ringer, bell }: Omit<ShmConnection, 'memory'>): void {
  ringer.close();
  bell.leave();
  closeDescriptor(socket);
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

/** What came beside what was told, and has no owner yet. */
interface Given {
  readonly told: object;
  readonly open: Set<number>;
}

function awaitHandover(socket: number, path: string, lane: string, deadline: number): Promise<Given> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      watch.close();
      act();
    };
    const watch = watchDescriptor(socket, () => {
      try {
        const incoming = receiveMessage(socket, lane, closeDescriptor);
        if (incoming === 'nothing') return;
        settle(() => {
          if (incoming === 'end') reject(noListener(lane, path));
          else resolve({ told: incoming.told, open: new Set(incoming.descriptors) });
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

/** Descriptors that have found an owner are taken out of `given.open`. */
function attach(socket: number, given: Given, offer: ShmOffer, options: ConnectOptions): ShmConnection {
  const { lane } = options;
  const handover = readHandover(given.told, [...given.open], lane);
  refuseUnlessOffered(handover, offer, lane);
  const memory = attachRingSegment(handover.segment, ringBytes(offer.capacityBytes));
  for (const fd of handover.segment.descriptors) given.open.delete(fd);
  step('shm.attach.mapped');
  checkHeader(new MappedRingMemory(memory), ringIdentity(offer), lane);
  const ringer = openRinger(handover.bell);
  for (const fd of handover.bell.descriptors) given.open.delete(fd);
  let bell: BellMembership | undefined;
  try {
    bell = options.bell.join(options.directory, options.onRing);
    step('shm.answer.before');
    if (!sendBell(socket, bell.address)) throw noListener(lane, offer.path);
  } catch (error) {
    ringer.close();
    bell?.leave();
    throw error;
  }
  step('shm.attach.after');
  return { socket, ringer, bell, memory };
}

function refuseUnlessOffered({ segment, bell }: Handover, offer: ShmOffer, lane: string): void {
  if (segment.segment === offer.segment && bell.wakeUp === offer.wakeUp) return;
  throw notTheOffered(
    lane,
    `memory of the kind '${segment.segment}' came with the wake-up '${bell.wakeUp}', '${offer.segment}' and '${offer.wakeUp}' were offered`,
  );
}
