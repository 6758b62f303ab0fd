// How a pool hands a message on: to one of its members, or to all of them. A queue that members take from is in `pull.ts`.
import type { Destination } from '../../actor/actor-ref.ts';
import type { Asker } from '../../actor/asker.ts';
import { timeLeft } from '../../actor/deadline.ts';
import type { Message } from '../../actor/message.ts';
import { askOf } from '../../actor/pending-ask.ts';
import type { Clock } from '../../clock.ts';
import type { LocalActor } from '../local-actors.ts';
import { isOpen, type Choice, type Routee } from './router.ts';

/** An actor of the pool, with its place there. */
export interface Member extends Routee {
  readonly actor: LocalActor;
}

/** What each way of handing out has to offer. `members` are those of the moment, ending ones included. */
export interface Dispatch {
  /** Messages that wait in the pool itself, for no member yet. */
  readonly depth: number;
  /** Whether somebody has room. */
  readonly hasRoom: boolean;
  /** As `ActorRef.tell`: false when nobody should send another like it before `ready()`. */
  tell(type: string, payload: unknown): boolean;
  /** As `Destination.send`. */
  send(type: string, payload: unknown, asker: Asker | undefined): boolean;
  /**
   * A message from elsewhere, or one that a member which ended left behind. False when nobody takes it; throws what the pool's
   * `key` threw.
   */
  deliver(message: Message): boolean;
  /** Resolves when `tell` would be true again, whatever it is told. */
  ready(): Promise<void>;
  /** A member came, runs again, or left. */
  changed(): void;
  /** Resolves once nothing waits in the pool itself. */
  drained(): Promise<void>;
  /** The pool has ended: what waits in it becomes dead letters. */
  close(): void;
}

export interface ToOneOptions {
  readonly members: () => readonly Member[];
  readonly choice: Choice;
  /** Whether a message has its member, room or not: where others may take it, it goes to one of them. */
  readonly isFixed: boolean;
  /** Whether members drop messages to make room, so that nobody waits for it. */
  readonly drops: boolean;
  /** Where a message becomes a dead letter when nobody is left. */
  readonly nowhere: Destination;
}

/** Each message to the member that `choice` names. */
export class ToOne implements Dispatch {
  readonly depth = 0;
  readonly #members: () => readonly Member[];
  readonly #options: ToOneOptions;

  constructor(options: ToOneOptions) {
    this.#members = options.members;
    this.#options = options;
  }

  get hasRoom(): boolean {
    return this.#members().some((member) => member.hasRoom);
  }

  tell(type: string, payload: unknown): boolean {
    const { isFixed, drops, nowhere } = this.#options;
    const actor = this.#next(type, payload) ?? nowhere;
    if (isFixed || drops) return actor.tell(type, payload);
    // That this one has no room for another is nobody's concern while others have.
    return actor.send(type, payload, undefined) && this.hasRoom;
  }

  send(type: string, payload: unknown, asker: Asker | undefined): boolean {
    return (this.#next(type, payload) ?? this.#options.nowhere).send(type, payload, asker);
  }

  deliver(message: Message): boolean {
    const actor = this.#next(message.type, message.payload);
    actor?.deliver(message);
    return actor !== undefined;
  }

  async ready(): Promise<void> {
    // Whose the next message is, nobody knows before it comes.
    if (this.#options.isFixed) await allReady(this.#members());
    // One that ends meanwhile is no reason to fail while others take messages.
    else await Promise.any(this.#members().map(({ actor }) => actor.ready()));
  }

  changed(): void {
    // Looked at anew for each message.
  }

  async drained(): Promise<void> {
    // Nothing waits here.
  }

  close(): void {
    // Nothing waits here.
  }

  #next(type: string, payload: unknown): LocalActor | undefined {
    const members = this.#members();
    const open = members.every(isOpen) ? members : members.filter(isOpen);
    return this.#options.choice(open, type, payload)?.actor;
  }
}

/** Each message to every member, as one of its own for each. An ask is answered by whoever is first. */
export class ToAll implements Dispatch {
  readonly depth = 0;
  readonly #members: () => readonly Member[];
  readonly #clock: Clock;
  readonly #nowhere: Destination;

  constructor(members: () => readonly Member[], clock: Clock, nowhere: Destination) {
    this.#members = members;
    this.#clock = clock;
    this.#nowhere = nowhere;
  }

  get hasRoom(): boolean {
    return this.#members().every((member) => member.hasRoom || !isOpen(member));
  }

  tell(type: string, payload: unknown): boolean {
    let isTaken = true;
    for (const actor of this.#all()) if (!actor.tell(type, payload)) isTaken = false;
    return isTaken;
  }

  deliver({ type, payload, asker, origin, bytes, prompt }: Message): boolean {
    if (!this.#members().some(isOpen)) return false;
    origin.settle('delivered', 1, bytes, prompt);
    return this.send(type, payload, asker);
  }

  send(type: string, payload: unknown, asker: Asker | undefined): true {
    if (asker === undefined) this.tell(type, payload);
    else if (asker.wants === 'items')
      asker.reject(
        new TypeError(
          `stream '${type}': every member of a pool with the router 'broadcast' gets the message, and nobody could read all their streams as one; ask, or ask one member`,
        ),
      );
    else this.#ask(type, payload, asker);
    return true;
  }

  async ready(): Promise<void> {
    await allReady(this.#members());
  }

  changed(): void {
    // Looked at anew for each message.
  }

  async drained(): Promise<void> {
    // Nothing waits here.
  }

  close(): void {
    // Nothing waits here.
  }

  /**
   * Asks everybody, each for as long as the asker waits. The first answer is the answer; when all
   * fail, the first of them says why.
   */
  #ask(type: string, payload: unknown, asker: Asker): void {
    const givingUp = new AbortController();
    if (asker.abandoned) givingUp.abort();
    asker.onAbandon = () => givingUp.abort();
    const leftMs = Math.max(0, timeLeft(asker.deadline, this.#clock.now()));
    const answers = this.#all().map((actor) => askOf(actor, type, payload, leftMs, givingUp.signal));
    Promise.any(answers).then(
      (value) => asker.resolve(value),
      (error: unknown) => asker.reject(error instanceof AggregateError ? error.errors[0] : error),
    );
  }

  #all(): readonly Destination[] {
    const open = this.#members().filter(isOpen);
    return open.length > 0 ? open.map(({ actor }) => actor) : [this.#nowhere];
  }
}

async function allReady(members: readonly Member[]): Promise<void> {
  await Promise.all(members.map(({ actor }) => actor.ready().catch(() => undefined)));
}
