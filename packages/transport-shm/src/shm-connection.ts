// How a sender comes by the memory of a lane: it comes to the receiver's door, is told where the memory is and how the
// receiver is rung, attaches once the header is the one that was offered, and answers how it is rung itself.
import { noListener, step } from '@troupe/core/transport';
import type { SendOptions } from '@troupe/core/transport';
import { closeDescriptor, enterUnixDoor, readBefore } from '@troupe/posix';
import { readHandover, receiveMessage, sendBell } from './handover.ts';
import type { Handover } from './handover.ts';
import { notTheOffered, sendFailure } from './lane-failure.ts';
import { ringIdentity } from './lane-offer.ts';
import type { ShmOffer } from './lane-offer.ts';
import { ringBytes } from './ring-buffer-layout.ts';
import { checkHeader } from './ring-header.ts';
import { MappedRingMemory } from './ring-memory.ts';
import { attachRingSegment } from './ring-segment.ts';
import type { Ringer } from './wake-up/contract.ts';
import type { BellMember, BellMembership, NodeBell } from './wake-up/node-bell.ts';
import { openRinger } from './wake-up/open-bell.ts';

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
  /** Joins the bell. */
  readonly member: BellMember;
}

/** Opens what was offered within `timeoutMs`, or throws TROUPE_NO_LISTENER; leaves nothing open when it throws. */
export async function openConnection(offer: ShmOffer, options: ConnectOptions): Promise<ShmConnection> {
  const { lane, timeoutMs } = options;
  const deadline = performance.now() + timeoutMs;
  step('shm.attach.before');
  let socket: number | undefined;
  let given: Given | undefined;
  try {
    socket = await enterUnixDoor(offer.path, deadline);
    step('shm.attach.connected');
    given = await awaitHandover(socket, offer.path, lane, deadline);
    step('shm.attach.received');
    return attach(socket, given, offer, options);
  } catch (error) {
    if (socket !== undefined) closeDescriptor(socket);
    for (const fd of given?.open ?? []) closeDescriptor(fd);
    throw sendFailure(error, lane, offer.path);
  }
}

export function closeConnection({ socket, ringer, bell }: Omit<ShmConnection, 'memory'>): void {
  ringer.close();
  bell.leave();
  closeDescriptor(socket);
}

/** What came beside what was told, and has no owner yet. */
interface Given {
  readonly told: object;
  readonly open: Set<number>;
}

async function awaitHandover(socket: number, path: string, lane: string, deadline: number): Promise<Given> {
  const incoming = await readBefore(socket, deadline, () => {
    const message = receiveMessage(socket, lane, closeDescriptor);
    return message === 'nothing' ? undefined : message;
  });
  if (incoming === undefined || incoming === 'end') throw noListener(lane, path);
  return { told: incoming.told, open: new Set(incoming.descriptors) };
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
    bell = options.bell.join(options.directory, options.member);
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
