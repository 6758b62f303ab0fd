// 'pipe': anonymous pipes between a parent and its child, made before the child starts and inherited by number. They have
// no name that anybody could meet, and there is one lane in each direction for the life of the child.
import {
  addressInUse,
  noListener,
  readStagingBytes,
  RECORD_LENGTH_BYTES,
  TroupeError,
} from '@troupe/core/transport';
import type {
  ChildEnds,
  LaneOffer,
  LaneReceiver,
  LaneSender,
  NodeId,
  ReceiveOptions,
  SendOptions,
  Transport,
} from '@troupe/core/transport';
import { closeDescriptor, makePipe, setCloseOnExec, setNonBlocking, waitDescriptor } from '@troupe/posix';
import { DescriptorReceiver } from './descriptor-receiver.ts';
import { DescriptorSender, PIPE_BYTES } from './descriptor-sender.ts';
import { receiveFailure } from './lane-failure.ts';
import { LEAST_STAGING_BYTES } from './lane-options.ts';

const NAME = 'pipe';
const MAX_PIPE_FRAME_BYTES = PIPE_BYTES - RECORD_LENGTH_BYTES;

/** This process's ends towards one relative; an end that a lane took is gone from here. */
interface OwnEnds {
  readEnd: number | undefined;
  writeEnd: number | undefined;
}

/** Lanes between a parent and the children it starts. Options: `PipeTransportOptions`. */
export function pipeTransport(options: Readonly<Record<string, unknown>> = {}): Transport {
  return new PipeTransport(readStagingBytes(NAME, options, LEAST_STAGING_BYTES));
}

class PipeTransport implements Transport {
  readonly name = NAME;
  readonly capabilities = {
    reach: 'family',
    maxFrameBytes: MAX_PIPE_FRAME_BYTES,
    survivesSender: true,
    survivesReceiver: false,
    priority: false,
  } as const;
  readonly #stagingBytes: number;
  readonly #relatives = new Map<NodeId, OwnEnds>();

  constructor(stagingBytes: number) {
    this.#stagingBytes = stagingBytes;
  }

  async receive(options: ReceiveOptions): Promise<LaneReceiver> {
    const ends = this.#endsTowards(options.peer);
    const fd = ends.readEnd;
    const lane = `pipe lane ${options.lane}`;
    if (fd === undefined) throw addressInUse(lane, 'the pipe from this peer');
    ends.readEnd = undefined;
    const reader = new DescriptorReceiver(fd, {
      lane,
      maxFrameBytes: MAX_PIPE_FRAME_BYTES,
      onFrame: options.onFrame,
      onEnd: options.onEnd,
    });
    return {
      offer: { transport: NAME },
      start: () => reader.start(),
      drain: () => reader.drain(),
      close: async () => reader.close(),
    };
  }

  async send(_offer: LaneOffer, options: SendOptions): Promise<LaneSender> {
    const ends = this.#endsTowards(options.peer);
    const fd = ends.writeEnd;
    if (fd === undefined) throw noListener('a pipe lane', 'the pipe to this peer, which has had its lane');
    ends.writeEnd = undefined;
    // A writing end is never readable: only the end of its last reader wakes the question.
    if (waitDescriptor(fd, 'readable', 0)) {
      closeDescriptor(fd);
      throw noListener('a pipe lane', 'the pipe to this peer');
    }
    return new DescriptorSender(fd, {
      lane: 'a pipe lane',
      stagingBytes: this.#stagingBytes,
      writeBytes: Infinity,
      onEnd: options.onEnd,
    });
  }

  prepareChild(child: NodeId): ChildEnds {
    const [toChild, toParent] = makePipes();
    const ends: OwnEnds = { readEnd: toParent.readEnd, writeEnd: toChild.writeEnd };
    this.#relatives.set(child, ends);
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      closeDescriptor(toChild.readEnd);
      closeDescriptor(toParent.writeEnd);
    };
    return {
      descriptors: [toChild.readEnd, toParent.writeEnd],
      release,
      abandon: () => {
        release();
        this.#forget(child);
      },
    };
  }

  adoptParent(parent: NodeId, descriptors: readonly number[]): void {
    const [readEnd, writeEnd] = descriptors;
    if (readEnd === undefined || writeEnd === undefined) {
      throw new TypeError(
        `A child inherits two descriptors for the transport 'pipe', not ${descriptors.length}.`,
      );
    }
    for (const fd of [readEnd, writeEnd]) {
      setCloseOnExec(fd);
      setNonBlocking(fd);
    }
    this.#relatives.set(parent, { readEnd, writeEnd });
  }

  async close(): Promise<void> {
    for (const relative of [...this.#relatives.keys()]) this.#forget(relative);
  }

  #endsTowards(peer: NodeId): OwnEnds {
    const ends = this.#relatives.get(peer);
    if (ends !== undefined) return ends;
    throw new TroupeError(
      'TROUPE_TRANSPORT_REACH',
      `The transport 'pipe' joins a parent and the children it started, and the node ${peer} is neither to this one. ` +
        "Use 'unix' or 'fifo' between processes that are not related.",
      { details: { peer } },
    );
  }

  #forget(relative: NodeId): void {
    const ends = this.#relatives.get(relative);
    this.#relatives.delete(relative);
    if (ends?.readEnd !== undefined) closeDescriptor(ends.readEnd);
    if (ends?.writeEnd !== undefined) closeDescriptor(ends.writeEnd);
  }
}

function makePipes(): readonly [ReturnType<typeof makePipe>, ReturnType<typeof makePipe>] {
  let first: ReturnType<typeof makePipe> | undefined;
  try {
    first = makePipe();
    return [first, makePipe()];
  } catch (error) {
    if (first !== undefined) {
      closeDescriptor(first.readEnd);
      closeDescriptor(first.writeEnd);
    }
    throw receiveFailure(error, 'the pipes of a child', undefined);
  }
}
