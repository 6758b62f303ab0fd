// What an actor's callbacks get as `context`: the actor's view of its cell and of the system.
import type { Logger } from '../logger.ts';
import type { AnyRef, ActorRef, Destination, UntypedRef } from './actor-ref.ts';
import type { ActorDefinition, Context } from './behavior.ts';
import type { FindOptions, SpawnArguments } from './spawning.ts';
import type { Group } from './group.ts';
import type { MessageLoop } from './message-loop.ts';
import { FORWARDED, STASHED, type Forwarded, type Protocol, type Stashed } from './protocol.ts';
import type { SelfMessages } from './self-messages.ts';
import type { Timers } from './timers.ts';

/** Under this key a context starts the children of a supervisor. A registered symbol: a module may use the other build. */
export const START_CHILDREN = Symbol.for('troupe.start-children');

/** A context as the behavior of a supervisor needs it; what the plan is, is not this layer's concern. */
export interface SupervisorContext extends Context {
  [START_CHILDREN](plan: unknown): Promise<unknown>;
}

/** What a context needs from the system, bound to one actor. */
export interface ContextServices {
  readonly self: UntypedRef;
  readonly log: Logger;
  spawn(definition: ActorDefinition<never, Protocol>, options: unknown): Promise<ActorRef<Protocol>>;
  find(definition: ActorDefinition<never, Protocol>, name: string, options?: FindOptions): Promise<unknown>;
  group(name: string): Group<Protocol>;
  watch(ref: AnyRef): void;
  unwatch(ref: AnyRef): void;
  link(ref: AnyRef): void;
  unlink(ref: AnyRef): void;
  /** Where messages to `ref` go. */
  destination(ref: AnyRef): Destination;
  /** Another actor has linked itself to this one, or ended that. */
  linkedBy(ref: AnyRef, isLinked: boolean): void;
  /** The actor has ended. */
  close(): void;
  startChildren(plan: unknown): Promise<unknown>;
}

/** What a context needs from its cell. */
export interface ContextCell {
  readonly loop: MessageLoop;
  selfMessages(): SelfMessages;
  stop(timeoutMs: number | undefined, drain: boolean): Promise<void>;
}

export class ActorContext implements SupervisorContext {
  readonly #services: ContextServices;
  readonly #cell: ContextCell;

  constructor(services: ContextServices, cell: ContextCell) {
    this.#services = services;
    this.#cell = cell;
  }

  get self(): UntypedRef {
    return this.#services.self;
  }

  get log(): Logger {
    return this.#services.log;
  }

  get signal(): AbortSignal {
    return this.#cell.loop.atHand.signal();
  }

  get timeLeft(): number {
    return this.#cell.loop.atHand.timeLeft();
  }

  spawn<Args, P extends Protocol>(
    definition: ActorDefinition<Args, P>,
    ...options: SpawnArguments<Args>
  ): Promise<ActorRef<P>> {
    const untyped = definition as unknown as ActorDefinition<never, Protocol>;
    return this.#services.spawn(untyped, options[0]) as unknown as Promise<ActorRef<P>>;
  }

  group<P extends Protocol = Protocol>(name: string): Group<P> {
    return this.#services.group(name) as Group<P>;
  }

  watch(ref: AnyRef): void {
    this.#services.watch(ref);
  }

  unwatch(ref: AnyRef): void {
    this.#services.unwatch(ref);
  }

  link(ref: AnyRef): void {
    this.#services.link(ref);
  }

  unlink(ref: AnyRef): void {
    this.#services.unlink(ref);
  }

  find<Args, P extends Protocol>(
    definition: ActorDefinition<Args, P>,
    name: string,
    options?: FindOptions,
  ): Promise<ActorRef<P> | undefined> {
    const untyped = definition as unknown as ActorDefinition<never, Protocol>;
    return this.#services.find(untyped, name, options) as Promise<ActorRef<P> | undefined>;
  }

  [START_CHILDREN](plan: unknown): Promise<unknown> {
    return this.#services.startChildren(plan);
  }

  get timers(): Timers {
    return this.#cell.selfMessages();
  }

  pipe(promise: PromiseLike<unknown>, type: string, failureType?: string): void {
    this.#cell.selfMessages().pipe(promise, type, failureType);
  }

  become(mode?: string): void {
    this.#cell.loop.become(mode);
  }

  stash(): Stashed {
    this.#cell.loop.atHand.stash();
    return STASHED;
  }

  forward<Reply>(ref: AnyRef, type?: string, payload?: unknown): Forwarded<Reply> {
    this.#cell.loop.atHand.forward(this.#services.destination(ref), type, payload);
    return FORWARDED;
  }

  unstash(): void {
    this.#cell.loop.unstash();
  }

  stop(): void {
    // The actor cannot wait for its own end; the promise never rejects.
    void this.#cell.stop(undefined, true);
  }
}
