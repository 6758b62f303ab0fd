// The lanes of a simulated process: those of the memory transport, between nodes of one event loop, that may be slow or full when
// the seed says so, and that end with their process. What a lane promises it keeps all the same.
import type { Clock, Timer } from '../clock.ts';
import type {
  LaneReceiver,
  LaneSender,
  ReceiveOptions,
  SendOptions,
  Transport,
} from '../transport/contract.ts';
import { memoryTransport } from '../transport/memory-transport.ts';
import { noKinship } from '../transport/no-kinship.ts';
import { LONGEST_FULL_MS, type FaultRates } from './faults.ts';
import type { Chance } from './seeded-chance.ts';

/** What a lane needs of the process that has one end of it. */
export interface LaneOwner {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly rates: FaultRates;
  /** Nothing leaves it and nothing reaches it any more. */
  readonly isDead: boolean;
  /** What reaches it waits, and its clock as well. */
  readonly isSuspended: boolean;
  /** `callback` is called once when it is no longer suspended. */
  whenResumed(callback: () => void): void;
  /** A frame has come. */
  arrived(): void;
  /** The lane takes nothing for a while. */
  full(): void;
}

export function simulatedTransport(owner: LaneOwner): Transport {
  const memory = memoryTransport();
  return {
    ...memory,
    // A process is no more than a node here; what it committed is not in its memory alone.
    capabilities: { ...memory.capabilities, reach: 'host', survivesSender: true },
    async receive(options) {
      const slow = new SlowArrival(options, owner);
      return slow.over(await memory.receive({ ...options, onFrame: slow.onFrame, onEnd: slow.onEnd }));
    },
    send: async (offer, options: SendOptions) => new FullAtTimes(await memory.send(offer, options), owner),
    prepareChild: noKinship.prepareChild,
    adoptParent: noKinship.adoptParent,
  };
}

interface Late {
  readonly frame: Buffer;
  readonly atMs: number;
}

/** Keeps frames for as long as they are said to travel, in their order. */
class SlowArrival implements LaneReceiver {
  readonly #options: ReceiveOptions;
  readonly #owner: LaneOwner;
  readonly #late: Late[] = [];
  #lane!: LaneReceiver;
  #timer: Timer | undefined;
  #isDraining = false;
  // The lane has ended, and who reads it is told behind the last frame.
  #end: { readonly error: Error | undefined } | undefined;
  #hasEnded = false;

  constructor(options: ReceiveOptions, owner: LaneOwner) {
    this.#options = options;
    this.#owner = owner;
  }

  over(lane: LaneReceiver): this {
    this.#lane = lane;
    return this;
  }

  get offer(): LaneReceiver['offer'] {
    return this.#lane.offer;
  }

  start(): void {
    this.#lane.start();
  }

  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#deliverUntil(Infinity);
    await this.#lane.drain();
  }

  async close(): Promise<void> {
    this.#late.length = 0;
    await this.#lane.close();
    this.#timer?.cancel();
  }

  readonly onFrame = (memory: Buffer, start: number, end: number): void => {
    if (this.#owner.isDead) return;
    this.#owner.arrived();
    const atMs = this.#owner.clock.now() + (this.#isDraining ? 0 : this.#delayMs());
    const isNext = this.#late.length === 0;
    if (isNext && atMs <= this.#owner.clock.now() && !this.#owner.isSuspended)
      this.#options.onFrame(memory, start, end);
    else {
      const frame = Buffer.from(memory.subarray(start, end));
      this.#late.push({ frame, atMs: Math.max(atMs, this.#late.at(-1)?.atMs ?? 0) });
      if (isNext) this.#wait();
    }
  };

  readonly onEnd = (error?: Error): void => {
    this.#end = { error };
    if (this.#late.length === 0) this.#tellEnd();
  };

  #delayMs(): number {
    const { leastDelayMs, mostDelayMs } = this.#owner.rates;
    if (mostDelayMs === 0) return 0;
    return leastDelayMs + this.#owner.chance() * (mostDelayMs - leastDelayMs);
  }

  #wait(): void {
    const { clock } = this.#owner;
    const [first] = this.#late;
    if (first === undefined) return;
    if (this.#owner.isSuspended) {
      this.#owner.whenResumed(() => this.#deliverUntil(clock.now()));
      return;
    }
    this.#timer = clock.after(first.atMs - clock.now(), () => {
      this.#owner.arrived();
      this.#deliverUntil(clock.now());
    });
  }

  #deliverUntil(nowMs: number): void {
    this.#timer?.cancel();
    try {
      for (let first = this.#late[0]; first !== undefined && first.atMs <= nowMs; first = this.#late[0]) {
        this.#late.shift();
        if (!this.#owner.isDead) this.#options.onFrame(first.frame, 0, first.frame.length);
      }
    } catch (error) {
      this.#late.length = 0;
      this.#end = { error: error instanceof Error ? error : new Error(String(error)) };
    }
    if (this.#late.length > 0) this.#wait();
    else if (this.#end !== undefined) this.#tellEnd();
  }

  #tellEnd(): void {
    if (this.#hasEnded || this.#owner.isDead) return;
    this.#hasEnded = true;
    this.#options.onEnd(this.#end?.error);
  }
}

/** Refuses to take anything for a while, now and then. */
class FullAtTimes implements LaneSender {
  readonly #lane: LaneSender;
  readonly #owner: LaneOwner;
  #fullUntilMs = -1;

  constructor(lane: LaneSender, owner: LaneOwner) {
    this.#lane = lane;
    this.#owner = owner;
  }

  get memory(): Buffer {
    return this.#lane.memory;
  }

  get room(): number {
    return this.#lane.room;
  }

  claim(bytes: number): number {
    const { chance, clock, isDead, rates } = this.#owner;
    if (isDead || clock.now() < this.#fullUntilMs) return -1;
    if (rates.full > 0 && chance() < rates.full) {
      this.#fullUntilMs = clock.now() + 1 + Math.floor(chance() * LONGEST_FULL_MS);
      this.#owner.full();
      return -1;
    }
    return this.#lane.claim(bytes);
  }

  commit(bytes: number): void {
    this.#lane.commit(bytes);
  }

  flushBlocking(timeoutMs: number): void {
    this.#lane.flushBlocking(timeoutMs);
  }

  async drained(): Promise<void> {
    const { clock } = this.#owner;
    const leftMs = this.#fullUntilMs - clock.now();
    if (leftMs > 0) await new Promise<void>((resolve) => clock.after(leftMs, resolve));
    await this.#lane.drained();
  }

  close(timeoutMs: number): Promise<void> {
    return this.#lane.close(timeoutMs);
  }
}
