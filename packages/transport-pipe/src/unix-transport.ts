// 'unix': stream sockets between any two processes of one user. A lane is one connection; its listener and its name are
// gone once the sender has come.
import type { LaneOffer, LaneSender, SendOptions, Transport } from '@troupe/core/transport';
import { laneRefused, noListener, step } from '@troupe/core/transport';
import { closeDescriptor, connectUnix, currentUid, isSystemError, peerCredentials } from '@troupe/posix';
import { setTimeout as delay } from 'node:timers/promises';
import { DescriptorSender, LENGTH_BYTES, PIPE_BYTES } from './descriptor-sender.ts';
import { isAbandoned, sendFailure } from './lane-failure.ts';
import { readStagingBytes } from './lane-options.ts';
import { offeredPath, removeLastName } from './lane-path.ts';
import { UnixReceiver } from './unix-receiver.ts';

const NAME = 'unix';
const MAX_UNIX_FRAME_BYTES = PIPE_BYTES - LENGTH_BYTES;
const LONGEST_RETRY_MS = 50;

/** Lanes between any processes of one user, through Unix sockets. Options: `PipeTransportOptions`. */
export function unixTransport(options: Readonly<Record<string, unknown>> = {}): Transport {
  const stagingBytes = readStagingBytes(NAME, options);
  return {
    name: NAME,
    capabilities: {
      reach: 'host',
      maxFrameBytes: MAX_UNIX_FRAME_BYTES,
      survivesSender: true,
      survivesReceiver: false,
      priority: false,
    },
    receive: async (receiveOptions) => new UnixReceiver(receiveOptions, NAME, MAX_UNIX_FRAME_BYTES),
    send: (offer, sendOptions) => sendOnSocket(offer, sendOptions, stagingBytes),
    prepareChild: () => ({ descriptors: [], release: () => {}, abandon: () => {} }),
    adoptParent: () => {},
    close: async () => {},
  };
}

async function sendOnSocket(
  offer: LaneOffer,
  options: SendOptions,
  stagingBytes: number,
): Promise<LaneSender> {
  const path = offeredPath(offer, NAME);
  const lane = `the unix lane at ${path}`;
  step('unix.attach.before');
  const fd = await connect(path, lane, options.timeoutMs);
  step('unix.attach.connected');
  const { uid } = peerCredentials(fd);
  if (uid !== currentUid()) {
    closeDescriptor(fd);
    throw laneRefused(`open ${lane} for sending`, `user ${uid} listens there`, undefined);
  }
  // Removed here too: a receiver killed before it has accepted would leave it.
  removeLastName(path);
  step('unix.attach.after');
  return new DescriptorSender(fd, { lane, stagingBytes, writeBytes: Infinity, onEnd: options.onEnd });
}

async function connect(path: string, lane: string, timeoutMs: number): Promise<number> {
  const deadline = performance.now() + timeoutMs;
  for (let retryMs = 1; ; retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS)) {
    try {
      return connectUnix(path);
    } catch (error) {
      // Whoever offered it died before anybody came: this sender is the last one who knows the name.
      if (isAbandoned(error)) removeLastName(path);
      if (!isSystemError(error, 'EAGAIN')) throw sendFailure(error, lane, path);
      if (performance.now() + retryMs > deadline) throw noListener(lane, path, error);
      // Others wait in the queue of the listener. Those who retry must not all come back at the same moment.
      await delay(retryMs * (0.5 + Math.random()));
    }
  }
}
