// 'fifo': named pipes between any two processes of one user. The name lives from the offer until the sender has opened it;
// the writes are small enough for the kernel to take them whole, so that a killed writer leaves no torn record.
import type {
  LaneOffer,
  LaneReceiver,
  LaneSender,
  ReceiveOptions,
  SendOptions,
  Transport,
} from '@troupe/core/transport';
import {
  lanePath,
  noKinship,
  offeredPath,
  readStagingBytes,
  RECORD_LENGTH_BYTES,
  step,
} from '@troupe/core/transport';
import {
  createFifo,
  inodeAt,
  isSystemError,
  openFifoForReading,
  openFifoForWriting,
  removeName,
  removeOwnName,
} from '@troupe/posix';
import { DescriptorReceiver } from './descriptor-receiver.ts';
import { DescriptorSender } from './descriptor-sender.ts';
import { receiveFailure, sendFailure } from './lane-failure.ts';
import { LEAST_STAGING_BYTES } from './lane-options.ts';

const NAME = 'fifo';
/** PIPE_BUF: what Linux writes to a pipe whole or not at all. */
const ATOMIC_WRITE_BYTES = 4096;
const MAX_FIFO_FRAME_BYTES = ATOMIC_WRITE_BYTES - RECORD_LENGTH_BYTES;

/** Lanes between any processes of one user, through FIFOs. Options: `PipeTransportOptions`. */
export function fifoTransport(options: Readonly<Record<string, unknown>> = {}): Transport {
  const stagingBytes = readStagingBytes(NAME, options, LEAST_STAGING_BYTES);
  return {
    name: NAME,
    capabilities: {
      reach: 'host',
      maxFrameBytes: MAX_FIFO_FRAME_BYTES,
      survivesSender: true,
      survivesReceiver: false,
      priority: false,
    },
    receive: async (receiveOptions) => receiveOnFifo(receiveOptions),
    send: async (offer, sendOptions) => sendOnFifo(offer, sendOptions, stagingBytes),
    ...noKinship,
  };
}

function receiveOnFifo(options: ReceiveOptions): LaneReceiver {
  const lane = `fifo lane ${options.lane}`;
  const path = lanePath(options, '.fifo');
  let inode: bigint | undefined;
  let fd: number;
  try {
    step('fifo.create.before');
    createFifo(path);
    step('fifo.create.named');
    inode = inodeAt(path);
    fd = openFifoForReading(path);
    step('fifo.create.after');
  } catch (error) {
    removeName(path, inode);
    throw receiveFailure(error, lane, path);
  }
  const reader = new DescriptorReceiver(fd, {
    lane,
    maxFrameBytes: MAX_FIFO_FRAME_BYTES,
    onFrame: options.onFrame,
    onEnd: options.onEnd,
  });
  return {
    offer: { transport: NAME, path },
    start: () => reader.start(),
    drain: () => reader.drain(),
    async close() {
      reader.close();
      // Still there when no sender ever came.
      removeName(path, inode);
    },
  };
}

function sendOnFifo(offer: LaneOffer, options: SendOptions, stagingBytes: number): LaneSender {
  const path = offeredPath(offer, NAME);
  const lane = `the fifo lane at ${path}`;
  let fd: number;
  try {
    step('fifo.attach.before');
    fd = openFifoForWriting(path);
  } catch (error) {
    // Whoever offered it died before anybody came: this sender is the last one who knows the name.
    if (isSystemError(error, 'ENXIO')) removeOwnName(path);
    throw sendFailure(error, lane, path);
  }
  step('fifo.attach.unlinking');
  removeOwnName(path);
  step('fifo.attach.after');
  return new DescriptorSender(fd, {
    lane,
    stagingBytes,
    writeBytes: ATOMIC_WRITE_BYTES,
    onEnd: options.onEnd,
  });
}
