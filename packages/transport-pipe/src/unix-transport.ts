// 'unix': stream sockets between any two processes of one user. A lane is one connection; its listener and its name are
// gone once the sender has come.
import type { LaneOffer, LaneSender, SendOptions, Transport } from '@troupe/core/transport';
import { noKinship, offeredPath, readStagingBytes, RECORD_LENGTH_BYTES, step } from '@troupe/core/transport';
import { enterUnixDoor } from '@troupe/posix';
import { DescriptorSender, PIPE_BYTES } from './descriptor-sender.ts';
import { sendFailure } from './lane-failure.ts';
import { LEAST_STAGING_BYTES } from './lane-options.ts';
import { UnixReceiver } from './unix-receiver.ts';

const NAME = 'unix';
const MAX_UNIX_FRAME_BYTES = PIPE_BYTES - RECORD_LENGTH_BYTES;

/** Lanes between any processes of one user, through Unix sockets. Options: `PipeTransportOptions`. */
export function unixTransport(options: Readonly<Record<string, unknown>> = {}): Transport {
  const stagingBytes = readStagingBytes(NAME, options, LEAST_STAGING_BYTES);
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
    ...noKinship,
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
  const fd = await enter(path, lane, performance.now() + options.timeoutMs);
  step('unix.attach.after');
  return new DescriptorSender(fd, { lane, stagingBytes, writeBytes: Infinity, onEnd: options.onEnd });
}

async function enter(path: string, lane: string, deadline: number): Promise<number> {
  try {
    return await enterUnixDoor(path, deadline);
  } catch (error) {
    throw sendFailure(error, lane, path);
  }
}
