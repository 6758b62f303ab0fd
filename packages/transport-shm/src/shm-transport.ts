// 'shm': a ring in shared memory between any two processes of one user. The memory has no name: the receiver hands it to
// the one sender that comes to its socket, with an eventfd for each side to wake the other. The socket then stays open for
// nothing but its end, by which each side learns that the other is gone.
import { TroupeError } from '@troupe/core/transport';
import type { LaneOffer, LaneSender, SendOptions, Transport } from '@troupe/core/transport';
import { closeDescriptor } from '@troupe/posix';
import { sendFailure } from './lane-failure.ts';
import { readLaneOptions } from './lane-options.ts';
import { readOffer } from './lane-offer.ts';
import { maxRingFrameBytes } from './ring-buffer-layout.ts';
import { openConnection } from './shm-connection.ts';
import { ShmReceiver } from './shm-receiver.ts';
import { ShmSender } from './shm-sender.ts';

const NAME = 'shm';

/** Lanes between any processes of one user, through shared memory. Options: `ShmTransportOptions`. */
export function shmTransport(options: Readonly<Record<string, unknown>> = {}): Transport {
  const laneOptions = readLaneOptions(NAME, options);
  return {
    name: NAME,
    capabilities: {
      reach: 'host',
      maxFrameBytes: maxRingFrameBytes(laneOptions.capacityBytes),
      survivesSender: true,
      survivesReceiver: false,
      priority: false,
    },
    receive: async (receiveOptions) => new ShmReceiver(receiveOptions, NAME, laneOptions),
    send: (offer, sendOptions) => sendThroughMemory(offer, sendOptions, laneOptions.capacityBytes),
    prepareChild: () => ({ descriptors: [], release: () => {}, abandon: () => {} }),
    adoptParent: () => {},
    close: async () => {},
  };
}

async function sendThroughMemory(
  laneOffer: LaneOffer,
  options: SendOptions,
  ownCapacityBytes: number,
): Promise<LaneSender> {
  const offer = readOffer(laneOffer, NAME);
  const lane = `the shm lane at ${offer.path}`;
  // What this side declares that it can send uncut must fit.
  if (offer.capacityBytes < ownCapacityBytes) {
    throw new TroupeError(
      'TROUPE_CONFIGURATION',
      `Cannot open ${lane} for sending: its ring has ${offer.capacityBytes} bytes, here capacityBytes is ${ownCapacityBytes}. ` +
        'Set the same capacityBytes in every process of a system.',
    );
  }
  const connection = await openConnection(offer, lane, options.timeoutMs);
  try {
    return new ShmSender(connection, { lane, capacityBytes: offer.capacityBytes, onEnd: options.onEnd });
  } catch (error) {
    for (const fd of [connection.socket, connection.readerBell, connection.writerBell]) closeDescriptor(fd);
    throw sendFailure(error, lane, offer.path);
  }
}
