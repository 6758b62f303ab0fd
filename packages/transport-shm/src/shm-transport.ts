// 'shm': a ring in shared memory between any two processes of one user. The receiver makes the memory and hands it to the one
// sender that comes to its socket; each tells the other how it is woken. The socket then stays open for nothing but its end, by
// which each side learns that the other is gone.
import { noKinship, TroupeError } from '@troupe/core/transport';
import type { LaneOffer, LaneSender, SendOptions, Transport } from '@troupe/core/transport';
import { AwakeBudget } from './awake-budget.ts';
import { AwakeWindow } from './awake-window.ts';
import { sendFailure } from './lane-failure.ts';
import { readLaneOptions } from './lane-options.ts';
import { readOffer } from './lane-offer.ts';
import { maxRingFrameBytes } from './ring-buffer-layout.ts';
import { closeConnection, openConnection } from './shm-connection.ts';
import { ShmReceiver } from './shm-receiver.ts';
import type { NodeOptions } from './shm-receiver.ts';
import { ShmSender } from './shm-sender.ts';
import { NodeBell } from './wake-up/node-bell.ts';
import type { BellMember } from './wake-up/node-bell.ts';

const NAME = 'shm';

// Room comes when a good part of the ring was read, which takes longer than the next frame to come.
const ROOM_WINDOWS = 4;

/** Lanes between any processes of one user, through shared memory. Options: `ShmTransportOptions`. */
export function shmTransport(options: Readonly<Record<string, unknown>> = {}): Transport {
  const lane = readLaneOptions(NAME, options);
  const node: NodeOptions = {
    transport: NAME,
    lane,
    bell: new NodeBell(lane.wakeUp),
    budget: new AwakeBudget(),
  };
  return {
    name: NAME,
    capabilities: {
      reach: 'host',
      maxFrameBytes: maxRingFrameBytes(lane.capacityBytes),
      survivesSender: true,
      survivesReceiver: false,
      priority: false,
    },
    receive: async (receiveOptions) => new ShmReceiver(receiveOptions, node),
    send: (offer, sendOptions) => sendThroughMemory(offer, sendOptions, node),
    ...noKinship,
  };
}

async function sendThroughMemory(
  laneOffer: LaneOffer,
  { directory, timeoutMs, onEnd }: SendOptions,
  node: NodeOptions,
): Promise<LaneSender> {
  const offer = readOffer(laneOffer, NAME);
  const { capacityBytes } = offer;
  const { lane: own, bell, budget } = node;
  const lane = `the shm lane at ${offer.path}`;
  // What this side declares that it can send uncut must fit.
  if (capacityBytes < node.lane.capacityBytes) {
    throw new TroupeError(
      'TROUPE_CONFIGURATION',
      `Cannot open ${lane} for sending: its ring has ${capacityBytes} bytes, here capacityBytes is ${node.lane.capacityBytes}. ` +
        'Set the same capacityBytes in every process of a system.',
    );
  }
  let sender: ShmSender | undefined;
  const member: BellMember = {
    onRing: () => sender?.onRing(),
    onRemoved: (error) => sender?.bellRemoved(error),
  };
  const connection = await openConnection(offer, { lane, directory, timeoutMs, bell: node.bell, member });
  try {
    const window = new AwakeWindow(bell.isSilent ? Infinity : own.awakeMs * ROOM_WINDOWS, budget);
    sender = new ShmSender(connection, { lane, capacityBytes, window, onEnd });
    return sender;
  } catch (error) {
    closeConnection(connection);
    throw sendFailure(error, lane, offer.path);
  }
}
