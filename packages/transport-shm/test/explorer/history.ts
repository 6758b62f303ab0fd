// Runs real, synchronous code one memory access at a time. A side of the ring is a function of what its accesses returned:
// to learn what it does next it is run from its beginning with the answers it got so far, and stopped at the first access
// that has none. The answers form a tree, so that each distinct life of a side is executed once, however many
// interleavings lead to it.
import type { RingMemory } from '../../src/ring-memory.ts';

/** What a side does next. */
export type Access =
  | { readonly type: 'load' | 'read'; readonly offset: number }
  | { readonly type: 'store' | 'write'; readonly offset: number; readonly value: number }
  | { readonly type: 'sleep'; readonly flagOffset: number }
  | { readonly type: 'wakePeer' }
  | { readonly type: 'isPeerGone' }
  | { readonly type: 'end'; readonly outcome: string };

/** The world of a side: its memory, and what the kernel does for it. */
export interface Host {
  readonly memory: RingMemory;
  /** Sleeps until woken, unless a wake-up is due already; with a futex, unless the word at `flagOffset` is not 1. */
  sleep(flagOffset: number): void;
  wakePeer(): void;
  /** Whether the peer is dead, and nobody will take its place. */
  isPeerGone(): boolean;
  /** The frame that the next store of the tail publishes. */
  announce(id: number): void;
  /** All that decides what the side will do from here, besides what it has delivered and its accesses answer. */
  checkpoint(state: string): void;
  /** A frame came; `id` is -1 when its bytes are not those of any frame. */
  deliver(id: number): void;
}

/** Returns what became of it, for the report. */
export type Program = (host: Host) => string;

/** A point in the life of a side: what it did up to here follows from `parent` and `answer`. */
export interface Moment {
  readonly id: number;
  readonly access: Access;
  /** Frames delivered up to here. */
  readonly delivered: readonly number[];
  readonly announced: number;
}

class Suspension extends Error {}

interface Node extends Moment {
  readonly parent: Node | undefined;
  readonly answer: number;
  readonly children: Map<number, Node>;
}

export class History {
  readonly #program: Program;
  readonly #root: Node;
  readonly #checkpoints = new Map<string, Node>();
  #moments = 0;

  constructor(program: Program) {
    this.#program = program;
    this.#root = this.#run(undefined, 0);
  }

  get beginning(): Moment {
    return this.#root;
  }

  /** How often the program was run: once for each moment. */
  get moments(): number {
    return this.#moments;
  }

  /** What the side does after its access was answered. */
  next(moment: Moment, answer: number): Moment {
    const node = moment as Node;
    const known = node.children.get(answer);
    if (known !== undefined) return known;
    const next = this.#run(node, answer);
    node.children.set(answer, next);
    return next;
  }

  #run(parent: Node | undefined, answer: number): Node {
    const answers: number[] = [];
    for (let node = parent, last = answer; node !== undefined; last = node.answer, node = node.parent) {
      answers.push(last);
    }
    this.#moments += 1;
    const host = new Replay(answers);
    const access = host.run(this.#program);
    const { standsAt, delivered, announced } = host;
    const state = standsAt === undefined ? undefined : `${standsAt};${announced};${delivered.join()}`;
    const same = state === undefined ? undefined : this.#checkpoints.get(state);
    if (same !== undefined) return same;
    const node = { id: this.#moments, access, delivered, announced, parent, answer, children: new Map() };
    if (state !== undefined) this.#checkpoints.set(state, node);
    return node;
  }
}

class Replay implements Host, RingMemory {
  readonly memory = this;
  readonly delivered: number[] = [];
  announced = -1;
  // Last first.
  readonly #answers: number[];
  #standsAt: string | undefined;
  #pending: Access | undefined;

  constructor(answers: number[]) {
    this.#answers = answers;
  }

  run(program: Program): Access {
    let outcome: string;
    try {
      outcome = program(this);
    } catch (error) {
      if (this.#pending === undefined) outcome = `threw: ${String(error)}`;
      else return this.#pending;
    }
    return this.#pending ?? { type: 'end', outcome };
  }

  load(offset: number): number {
    return this.#access({ type: 'load', offset });
  }

  store(offset: number, value: number): void {
    this.#access({ type: 'store', offset, value });
  }

  read(offset: number): number {
    return this.#access({ type: 'read', offset });
  }

  write(offset: number, value: number): void {
    this.#access({ type: 'write', offset, value });
  }

  sleep(flagOffset: number): void {
    this.#access({ type: 'sleep', flagOffset });
  }

  wakePeer(): void {
    this.#access({ type: 'wakePeer' });
  }

  isPeerGone(): boolean {
    return this.#access({ type: 'isPeerGone' }) !== 0;
  }

  /** The state of the side, when it has done nothing since it told. */
  get standsAt(): string | undefined {
    return this.#standsAt;
  }

  checkpoint(state: string): void {
    if (this.#pending === undefined) this.#standsAt = state;
  }

  announce(id: number): void {
    if (this.#pending === undefined) this.announced = id;
  }

  deliver(id: number): void {
    if (this.#pending === undefined) this.delivered.push(id);
  }

  /** What runs while the suspension unwinds, in a `finally`, has no effect: it is not what the code does next. */
  #access(access: Access): number {
    if (this.#pending !== undefined) throw new Suspension();
    const answer = this.#answers.pop();
    if (answer !== undefined) {
      this.#standsAt = undefined;
      return answer;
    }
    this.#pending = access;
    throw new Suspension();
  }
}
