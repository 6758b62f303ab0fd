// Several actors of one kind behind one ref. A member is restarted by its own supervisor; one that ends for good leaves the
// pool, and the pool ends with its last. Who gets a message is the dispatch's to say.
import { formatAddress, type Address } from '../../address.ts';
import { startFailed, stopped } from '../../actor/failure.ts';
import type { AnyRef } from '../../actor/actor-ref.ts';
import type { EndReason } from '../../actor/end-reason.ts';
import type { Patience } from '../../actor/askable.ts';
import type { Asker } from '../../actor/asker.ts';
import type { Message } from '../../actor/message.ts';
import type { Logger } from '../../logger.ts';
import { isDoneWithin } from '../../within.ts';
import type { LocalActor } from '../local-actors.ts';
import type { Outgoing } from '../outgoing.ts';
import type { Dispatch, Member } from './dispatch.ts';

export interface PoolHost {
  /** Starts one more member; its label ends in `slot`. */
  startMember(slot: number): Promise<LocalActor>;
  /** Called once, when the last member has ended. */
  ended(reason: EndReason): void;
  readonly outgoing: Outgoing;
  readonly log: Logger;
}

export class Pool implements LocalActor {
  readonly address: Address;
  readonly #host: PoolHost;
  readonly #dispatch: Dispatch;
  #members: readonly PoolMember[] = [];
  // How the last member that ended came to its end.
  #lastEnd: EndReason = { kind: 'normal' };
  #endReason: EndReason | undefined;
  #isStopping = false;
  // Members are being started: it is not at its end without any.
  #isGrowing = false;
  // It has had all its members.
  #hasBegun = false;
  // Changes of size, one after the other.
  #resizing: Promise<void> = Promise.resolve();

  constructor(
    address: Address,
    host: PoolHost,
    createDispatch: (members: () => readonly Member[]) => Dispatch,
  ) {
    this.address = address;
    this.#host = host;
    this.#dispatch = createDispatch(() => this.#members);
  }

  get state(): string {
    if (this.#endReason !== undefined) return 'ended';
    return this.#isStopping ? 'stopping' : 'running';
  }

  get size(): number {
    return this.#members.length;
  }

  get depth(): number {
    return this.#members.reduce((sum, member) => sum + member.depth, this.#dispatch.depth);
  }

  get hasRoom(): boolean {
    return this.#members.length > 0 && !this.#isStopping && this.#dispatch.hasRoom;
  }

  get patience(): Patience {
    return this.#host.outgoing;
  }

  /** A member has ended for good. */
  remove(actor: LocalActor, reason: EndReason): void {
    this.#members = this.#members.filter((member) => member.actor !== actor);
    this.#lastEnd = reason;
    this.#dispatch.changed();
    if (!this.#isGrowing || this.#isStopping) this.#endIfEmpty();
  }

  /** Takes over a message that a member which is ending left behind; false when nobody else can. */
  inherit(message: Message): boolean {
    if (this.#isClosed) return false;
    try {
      return this.#dispatch.deliver(message);
    } catch (error) {
      this.#unrouted(message, error);
      return true;
    }
  }

  tell(type: string, payload: unknown): boolean {
    if (this.#isClosed)
      return this.#host.outgoing.refuse(this.address, type, payload, undefined, this.#reason);
    return this.#dispatch.tell(type, payload);
  }

  send(type: string, payload: unknown, asker: Asker | undefined): boolean {
    if (this.#isClosed) return this.#host.outgoing.refuse(this.address, type, payload, asker, this.#reason);
    return this.#dispatch.send(type, payload, asker);
  }

  async ready(): Promise<void> {
    if (!this.#isClosed) await this.#dispatch.ready().catch(() => undefined);
    if (this.#isClosed) throw stopped('ready', this.address, this.#endReason);
  }

  deliver(message: Message): void {
    if (!this.inherit(message))
      this.#host.outgoing.deadLetter(message, this.address, 'stopped', this.#reason);
  }

  // Who sent it may be another process, and must not pay with the connection for a mistake in `key` here.
  #unrouted(message: Message, error: unknown): void {
    this.#host.log.warn(`${formatAddress(this.address)} found no member for '${message.type}'`, error);
    message.asker?.reject(error);
    this.#host.outgoing.deadLetter(message, this.address, 'no-handler');
  }

  /** Starts or stops members until there are `count`. Rejects with why one could not start; none is left of those begun then. */
  resize(count: number, timeoutMs?: number): Promise<void> {
    const resized = this.#resizing.then(() => this.#resize(count, timeoutMs));
    this.#resizing = resized.catch(() => undefined);
    return resized;
  }

  overflow(): void {
    // Its members are told by whoever hands them messages.
  }

  /** Its members are linked: they are what can end. */
  linkedBy(ref: AnyRef, isLinked: boolean): void {
    for (const { actor } of this.#members) actor.linkedBy(ref, isLinked);
  }

  async stop(timeoutMs: number | undefined, drain: boolean): Promise<void> {
    this.#isStopping = true;
    const { clock, stopTimeoutMs } = this.#host.outgoing;
    // Members that are not running take nothing; they are not waited for any longer than those that do.
    if (drain) await isDoneWithin(clock, timeoutMs ?? stopTimeoutMs, this.#dispatch.drained());
    this.#dispatch.close();
    await Promise.all(this.#members.map(({ actor }) => actor.stop(timeoutMs, drain)));
  }

  async #resize(count: number, timeoutMs: number | undefined): Promise<void> {
    if (this.#isClosed) throw stopped('resize', this.address, this.#endReason);
    const surplus = this.#members.slice(count);
    if (surplus.length > 0) {
      await Promise.all(surplus.map(({ actor }) => actor.stop(timeoutMs, true)));
      return;
    }
    this.#isGrowing = true;
    try {
      await this.#grow(count);
    } finally {
      this.#isGrowing = false;
      this.#endIfEmpty();
    }
    const reason = this.#endReason;
    if (reason !== undefined)
      throw this.#hasBegun ? stopped('resize', this.address, reason) : startFailed(this.address, reason);
    this.#hasBegun = true;
  }

  async #grow(count: number): Promise<void> {
    const slots = this.#freeSlots(count - this.#members.length);
    const starting = slots.map(async (slot) => ({ slot, actor: await this.#host.startMember(slot) }));
    const results = await Promise.allSettled(starting);
    const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined || this.#isClosed) {
      await Promise.all(started.map(({ actor }) => actor.stop(undefined, false)));
      throw failed?.reason ?? stopped('resize', this.address, this.#endReason);
    }
    this.#add(started);
  }

  #add(started: readonly { readonly slot: number; readonly actor: LocalActor }[]): void {
    const members = [...this.#members];
    // Some may have ended while others were starting.
    for (const { slot, actor } of started)
      if (actor.state !== 'ended') members.push(new PoolMember(actor, slot));
    this.#members = members.sort((one, other) => one.slot - other.slot);
    for (const { actor } of started) actor.onRunning = () => this.#dispatch.changed();
    this.#dispatch.changed();
  }

  #endIfEmpty(): void {
    if (this.#members.length > 0 || this.#endReason !== undefined) return;
    this.#endReason = this.#lastEnd;
    this.#dispatch.close();
    this.#host.ended(this.#lastEnd);
  }

  #freeSlots(count: number): number[] {
    const taken = new Set(this.#members.map((member) => member.slot));
    const free: number[] = [];
    for (let slot = 0; free.length < count; slot += 1) if (!taken.has(slot)) free.push(slot);
    return free;
  }

  get #isClosed(): boolean {
    return this.#isStopping || this.#endReason !== undefined;
  }

  get #reason(): EndReason {
    return this.#endReason ?? { kind: 'normal' };
  }
}

class PoolMember implements Member {
  readonly actor: LocalActor;
  readonly slot: number;

  constructor(actor: LocalActor, slot: number) {
    this.actor = actor;
    this.slot = slot;
  }

  get state(): string {
    return this.actor.state;
  }

  get depth(): number {
    return this.actor.depth;
  }

  get hasRoom(): boolean {
    return this.actor.hasRoom;
  }
}
