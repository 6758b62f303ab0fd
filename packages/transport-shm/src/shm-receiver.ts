// The receiving end of a ring in shared memory: makes the memory, and hands over what the sender needs when it comes to the
// door. From then on ring-delivery.ts reads, and the socket stays open for the sender's answer and its end, by which this side
// learns that the other is gone.
import { lanePath, step } from '@troupe/core/transport';
import type { LaneOffer, LaneReceiver, ReceiveOptions, TroupeError } from '@troupe/core/transport';
import { closeDescriptor, randomName, UnixDoor, watchDescriptor } from '@troupe/posix';
import type { DescriptorWatch } from '@troupe/posix';
import type { AwakeBudget } from './awake-budget.ts';
import { AwakeWindow } from './awake-window.ts';
import { readBell, receiveMessage, sendHandover } from './handover.ts';
import { isOfTheGone, receiveFailure } from './lane-failure.ts';
import { ringIdentity } from './lane-offer.ts';
import type { LaneOptions } from './lane-options.ts';
import { ringBytes } from './ring-buffer-layout.ts';
import { RingDelivery } from './ring-delivery.ts';
import { initialiseHeader } from './ring-header.ts';
import { MappedRingMemory } from './ring-memory.ts';
import { createRingSegment } from './ring-segment.ts';
import type { RingSegment } from './ring-segment.ts';
import type { Ringer } from './wake-up/contract.ts';
import type { BellMembership, NodeBell } from './wake-up/node-bell.ts';
import { openRinger } from './wake-up/open-bell.ts';

const INCARNATION_BYTES = 16;

/** What a lane shares with the others of its node. */
export interface NodeOptions {
  /** The transport's name. */
  readonly transport: string;
  readonly lane: LaneOptions;
  readonly bell: NodeBell;
  readonly budget: AwakeBudget;
}

export class ShmReceiver implements LaneReceiver {
  readonly offer: LaneOffer;
  readonly #options: ReceiveOptions;
  readonly #node: NodeOptions;
  readonly #name: string;
  readonly #path: string;
  readonly #door: UnixDoor;
  readonly #bell: BellMembership;
  // Whoever attaches needs its name, and this side the memory, until the sender has come.
  #segment: RingSegment | undefined;
  #delivery: RingDelivery | undefined;
  #socket: number | undefined;
  #socketWatch: DescriptorWatch | undefined;
  #ringer: Ringer | undefined;
  // The writer waits, and has not told yet how it is rung.
  #owesRing = false;
  #isStarted = false;
  #hasEnded = false;

  constructor(options: ReceiveOptions, node: NodeOptions) {
    const { capacityBytes, segment, wakeUp } = node.lane;
    this.#options = options;
    this.#node = node;
    this.#name = `${node.transport} lane ${options.lane}`;
    this.#path = lanePath(options, '.sock');
    const incarnation = randomName(INCARNATION_BYTES);
    this.offer = {
      transport: node.transport,
      path: this.#path,
      capacityBytes,
      incarnation,
      segment,
      wakeUp,
    };
    const undo: (() => void)[] = [];
    try {
      step('shm.create.before');
      const door = new UnixDoor(this.#path, {
        letIn: (connection) => this.#handOver(connection),
        onError: (error) => this.#fail(error),
      });
      this.#door = door;
      undo.push(() => door.close());
      step('shm.create.listening');
      this.#bell = node.bell.join(options.directory, {
        onRing: () => this.#delivery?.wakeUp(),
        onRemoved: (error) => this.#bellRemoved(error),
      });
      undo.push(() => this.#bell.leave());
      step('shm.create.bells');
      const made = createRingSegment(segment, ringBytes(capacityBytes), options.directory);
      this.#segment = made;
      // A function of this scope that named the segment would keep its memory for as long as the receiver is reached.
      undo.push(() => this.#forgetSegment());
      step('shm.create.segment');
      initialiseHeader(new MappedRingMemory(made.memory), ringIdentity({ capacityBytes, incarnation }));
    } catch (error) {
      for (const act of undo.reverse()) act();
      throw receiveFailure(error, this.#name, this.#path);
    }
    step('shm.create.after');
  }

  start(): void {
    this.#isStarted = true;
    this.#delivery?.start();
  }

  async drain(): Promise<void> {
    if (this.#delivery !== undefined) {
      await this.#delivery.drain();
      return;
    }
    // Who was never handed the memory has committed nothing.
    this.#end();
  }

  async close(): Promise<void> {
    this.#delivery?.close();
    this.#end();
  }

  /** False: it has left while it waited. */
  #handOver(socket: number): boolean {
    const segment = this.#segment;
    if (segment === undefined) return false;
    step('shm.hand-over.before');
    try {
      if (!sendHandover(socket, { segment: segment.address, bell: this.#bell.address })) return false;
    } catch (error) {
      if (isOfTheGone(error)) return false;
      closeDescriptor(socket);
      throw error;
    }
    step('shm.hand-over.sent');
    this.#door.close();
    this.#socket = socket;
    const { capacityBytes, awakeMs } = this.#node.lane;
    this.#delivery = new RingDelivery(segment.memory, {
      lane: this.#name,
      capacityBytes,
      window: new AwakeWindow(this.#node.bell.isSilent ? Infinity : awakeMs, this.#node.budget),
      onFrame: this.#options.onFrame,
      ringWriter: () => this.#ringWriter(),
      onEnd: (error) => this.#end(error),
    });
    this.#socketWatch = watchDescriptor(socket, this.#onSocket);
    this.#socketWatch.update({ readable: true });
    step('shm.hand-over.after');
    if (this.#isStarted) this.#delivery.start();
    return true;
  }

  /** The sender has attached, and says how it is rung; or it is gone. */
  readonly #onSocket = (): void => {
    if (this.#socket === undefined) return;
    if (this.#ringer !== undefined) {
      this.#delivery?.endOnceRead();
      return;
    }
    try {
      const incoming = receiveMessage(this.#socket, this.#name, closeDescriptor);
      if (incoming === 'end') this.#delivery?.endOnceRead();
      if (typeof incoming === 'string') return;
      this.#takeAnswer(incoming.told, incoming.descriptors);
    } catch (error) {
      // Gone while its answer was still on the way is gone, and what it had committed is there.
      if (isOfTheGone(error)) this.#delivery?.endOnceRead();
      else this.#fail(error);
    }
  };

  #takeAnswer(told: object, descriptors: readonly number[]): void {
    try {
      this.#ringer = openRinger(readBell(told, descriptors, this.#name));
    } catch (error) {
      for (const fd of descriptors) closeDescriptor(fd);
      throw error;
    }
    this.#forgetSegment();
    this.#socketWatch?.update({ hangup: true });
    step('shm.answer.after');
    if (this.#owesRing) this.#ringWriter();
  }

  #ringWriter(): void {
    if (this.#ringer === undefined) {
      this.#owesRing = true;
      return;
    }
    try {
      this.#ringer.ring();
    } catch (error) {
      // A writer that is gone is told of by its socket; one that lives looks after its bell itself.
      if (!isOfTheGone(error)) throw error;
    }
  }

  /** What the sender has committed by now is there to be read; that there is more would never be heard. */
  #bellRemoved(error: TroupeError): void {
    if (this.#delivery === undefined) this.#end(error);
    else this.#delivery.endOnceRead(error);
  }

  #fail(error: unknown): void {
    const failure = receiveFailure(error, this.#name, this.#path) as Error;
    if (this.#delivery === undefined) this.#end(failure);
    else this.#delivery.close(failure);
  }

  #forgetSegment(): void {
    const segment = this.#segment;
    this.#segment = undefined;
    segment?.withdraw();
  }

  #end(error?: Error): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#door.close();
    this.#forgetSegment();
    this.#bell.leave();
    this.#ringer?.close();
    this.#socketWatch?.close();
    if (this.#socket !== undefined) closeDescriptor(this.#socket);
    this.#socket = undefined;
    step('shm.reader-close.after');
    this.#options.onEnd(error);
  }
}
