// The actors this node answers for, by number: those of this event loop, and those with processes of their own.
import type { End } from '../actor/end-reason.ts';
import type { Message } from '../actor/message.ts';
import type { AnyRef, Destination } from '../actor/actor-ref.ts';
import { DeathWatch } from '../supervision/death-watch.ts';

/** What the node can do with one of its actors. */
export interface LocalActor extends Destination {
  /** One word for people: starting, running, ... */
  readonly state: string;
  /** Messages that wait. */
  readonly depth: number;
  /** Whether `tell` would return true. */
  readonly hasRoom: boolean;
  /** Called whenever it begins to run again. */
  onRunning?: (() => void) | undefined;
  /** `ref` has linked itself to it, or has ended that. */
  linkedBy(ref: AnyRef, isLinked: boolean): void;
  /** A process that sends to it finds its mailbox full, as that process counts. */
  overflow(): void;
  /** Takes a message whose bound was checked where it was sent. */
  deliver(message: Message): void;
}

export class LocalActors {
  readonly watch = new DeathWatch();
  /** By number of the actor: who takes over what it leaves behind when it ends. False when nobody does. */
  readonly heirs = new Map<number, (message: Message) => boolean>();
  readonly #actors = new Map<number, LocalActor>();
  // Those that another actor stops when it ends.
  readonly #owned = new Set<number>();
  #next = 0;

  /** A number for an actor or a watcher of this node; never given twice. */
  readonly nextNumber = (): number => {
    this.#next += 1;
    return this.#next;
  };

  /** `number` differs from that in its address for the actor of a hosted process, which has its address elsewhere. */
  add(actor: LocalActor, number: number = actor.address.actor, isOwned = false): void {
    this.#actors.set(number, actor);
    if (isOwned) this.#owned.add(number);
  }

  get(number: number): LocalActor | undefined {
    return this.#actors.get(number);
  }

  /** With their numbers here, in the order in which they were started. */
  get entries(): readonly (readonly [number, LocalActor])[] {
    return [...this.#actors];
  }

  get all(): readonly LocalActor[] {
    return [...this.#actors.values()];
  }

  /** Those that no other actor stops. */
  get roots(): readonly LocalActor[] {
    return [...this.#actors].flatMap(([number, actor]) => (this.#owned.has(number) ? [] : [actor]));
  }

  /** The actor has ended: it is forgotten, and everybody who watches it is told. */
  ended(number: number, end: End): void {
    this.#actors.delete(number);
    this.#owned.delete(number);
    this.watch.ended(number, end);
  }
}
