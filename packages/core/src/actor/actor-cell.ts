// One actor of this event loop, as others see it: what they send goes to its mailbox, as long as it lives. When its messages are
// handled, and how it ends, is told by its `Life`; it decides nothing about restarts, and knows no other process.
import type { Address } from '../address.ts';
import { ActorContext, type ContextCell, type ContextServices } from './actor-context.ts';
import type { AnyRef, Destination } from './actor-ref.ts';
import type { Patience } from './askable.ts';
import type { Behavior, Context, Down } from './behavior.ts';
import type { CellHost, CellKeeper } from './cell-host.ts';
import type { Dependent } from './dependents.ts';
import type { EndReason } from './end-reason.ts';
import { mailboxOverflow, stopped } from './failure.ts';
import { Life, type LifeState } from './life.ts';
import type { LifeCompanion } from './life-companion.ts';
import type { MailboxLimits } from './mailbox-limits.ts';
import { Mailbox } from './mailbox.ts';
import type { MessageLoop } from './message-loop.ts';
import { whyGivenUp, type Asker } from './asker.ts';
import { isOrdinary, type Message } from './message.ts';
import { refusalOf } from '../overflow-policy.ts';
import { SelfMessages } from './self-messages.ts';

export class ActorCell implements Destination, LifeCompanion, ContextCell {
  readonly address: Address;
  readonly context: Context;
  readonly loop: MessageLoop;
  /** Called whenever it begins to run again. */
  onRunning: (() => void) | undefined;
  readonly #host: CellHost;
  readonly #behavior: Behavior;
  readonly #limits: MailboxLimits;
  readonly #mailbox: Mailbox;
  readonly #services: ContextServices;
  readonly #life: Life;
  #selfMessages: SelfMessages | undefined;

  constructor(
    address: Address,
    behavior: Behavior,
    args: unknown,
    limits: MailboxLimits,
    host: CellHost,
    keeper: CellKeeper,
    services: (cell: ActorCell) => ContextServices,
  ) {
    this.address = address;
    this.#behavior = behavior;
    this.#host = host;
    this.#limits = limits;
    this.#mailbox = new Mailbox(limits, host.clock, behavior.urgent);
    this.#services = services(this);
    this.context = new ActorContext(this.#services, this);
    this.#life = new Life(this, behavior, args, this.#mailbox, host, keeper);
    this.loop = this.#life.loop;
  }

  get state(): LifeState {
    return this.#life.state;
  }

  /** Why it ended. */
  get endReason(): EndReason | undefined {
    return this.#life.endReason;
  }

  /** Whether the end of a link is a notice to it rather than a failure. */
  get trapsExit(): boolean {
    return this.#behavior.trapExit === true;
  }

  /** Messages that wait. */
  get depth(): number {
    return this.#mailbox.gauge.messages;
  }

  get patience(): Patience {
    return this.#host;
  }

  get hasRoom(): boolean {
    return !this.#life.isClosing && this.#mailbox.gauge.hasRoom;
  }

  tell(type: string, payload: unknown): boolean {
    return this.#offer(this.#host.send(type, payload, undefined)) && !this.#mailbox.gauge.pastHighWater;
  }

  send(type: string, payload: unknown, asker: Asker | undefined): boolean {
    return this.#offer(this.#host.send(type, payload, asker));
  }

  async ready(): Promise<void> {
    await this.#mailbox.gauge.ready();
    if (this.#life.isClosing) throw stopped('ready', this.address, this.#life.endReason);
  }

  /** A message from another process, whose bound was checked where it was sent. */
  deliver(message: Message): void {
    if (this.#refuses(message)) return;
    if (this.#mailbox.isEmpty && this.loop.handleNow(message)) return;
    if (this.#limits.overflow !== 'drop-oldest' || !isOrdinary(message)) this.#mailbox.accept(message);
    else if (!this.#takes(message)) return;
    this.loop.wake();
  }

  /** Somebody's messages find no room in the mailbox: if that is a failure of this actor, it fails. */
  overflow(): void {
    if (this.#limits.overflow !== 'fail' || this.state !== 'running' || !this.#mailbox.gauge.overflows())
      return;
    this.#life.fail({ kind: 'error', error: mailboxOverflow(this.address, this.#limits) });
  }

  notifyDown(down: Down): void {
    if (this.#life.isClosing) return;
    this.#mailbox.notify({ down });
    this.loop.wake();
  }

  /** Another actor has linked itself to this one, or ended that. */
  linkedBy(ref: AnyRef, isLinked: boolean): void {
    if (this.state !== 'ended') this.#services.linkedBy(ref, isLinked);
  }

  /** Calls `init`. Rejects with what it threw: the actor has then ended. */
  start(): Promise<void> {
    return this.#life.start();
  }

  /** Ends the actor, unless its keeper wants it to stay; never rejects. Of several deadlines the soonest counts. */
  stop(timeoutMs: number | undefined, drain: boolean): Promise<void> {
    return this.#life.stop(timeoutMs, drain);
  }

  /**
   * Brings the actor to rest: the message at hand is finished, what it started is stopped, `onStop` is called; what waits stays.
   * What does not return within `timeoutMs` is not heard any more.
   */
  rest(timeoutMs: number | undefined): Promise<void> {
    return this.#life.rest(timeoutMs);
  }

  /** Fails for a reason from outside, once the callback at hand has returned; or without it after the system's `stopTimeout`. */
  fail(reason: EndReason): void {
    this.#life.fail(reason);
  }

  /** Fresh state from `init`; what is in the mailbox stays. Only at rest. Rejects with what `init` threw: it is at rest again. */
  restart(): Promise<void> {
    return this.#life.restart();
  }

  /** Goes on with the next message and the state as it is. Only at rest, after a failure that left a state. */
  resume(): void {
    this.#life.resume();
  }

  /** Ends at once, without `onStop`: what waits becomes dead letters. */
  end(reason: EndReason): void {
    this.#life.end(reason);
  }

  /** Something was started that ends with this actor. False when this one has ended meanwhile, and nobody would stop it. */
  addDependent(dependent: Dependent): boolean {
    if (this.state === 'ended') return false;
    this.#life.dependents.add(dependent);
    return true;
  }

  removeDependent(dependent: Dependent): void {
    this.#life.dependents.remove(dependent);
  }

  selfMessages(): SelfMessages {
    return (this.#selfMessages ??= new SelfMessages(this, this.#behavior, this.#host, this.#life.isClosing));
  }

  running(): void {
    this.onRunning?.();
  }

  stopping(drain: boolean): void {
    this.loop.cutStreams('it is stopping');
    this.#mailbox.gauge.release();
    if (drain) this.#selfMessages?.silence();
    else this.#leaveAll();
  }

  renewing(): void {
    this.#selfMessages?.renew();
    this.#mailbox.unstash();
  }

  ending(): void {
    this.#leaveAll();
    this.#mailbox.gauge.release();
  }

  ended(): void {
    this.#services.close();
  }

  #offer(message: Message): boolean {
    if (this.#refuses(message)) return false;
    if (!this.#mailbox.offer(message) && !this.#takes(message)) {
      this.overflow();
      return false;
    }
    this.loop.wake();
    return true;
  }

  /** Takes the message if there is room, or if others may be dropped for it; if not, it is a dead letter. */
  #takes(message: Message): boolean {
    const hasRoom = this.#mailbox.makesRoomFor(message, (oldest) =>
      this.#host.deadLetter(oldest, this.address, 'dropped'),
    );
    if (hasRoom) this.#mailbox.accept(message);
    else this.#host.deadLetter(message, this.address, refusalOf(this.#limits.overflow));
    return hasRoom;
  }

  #refuses(message: Message): boolean {
    if (!this.#life.isClosing) return false;
    this.#host.deadLetter(message, this.address, 'stopped', this.#life.endReason);
    return true;
  }

  /** What waits becomes dead letters, and what it has told itself is void. */
  #leaveAll(): void {
    this.#selfMessages?.close();
    this.#mailbox.unstash();
    const mailbox = this.#mailbox;
    for (let message = mailbox.takeMessage(); message !== undefined; message = mailbox.takeMessage()) {
      const { asker } = message;
      const reason = asker?.abandoned === true ? whyGivenUp(asker, this.#host.clock) : 'stopped';
      this.#host.deadLetter(message, this.address, reason, this.#life.endReason);
    }
  }
}
