// Several actors of one kind behind one ref: each message goes to one of them. A member is restarted by its own supervisor;
// one that ends for good leaves the pool, and the pool ends with its last.
import type { Address } from '../address.ts';
import { stopped } from '../actor/failure.ts';
import type { EndReason } from '../actor/end-reason.ts';
import type { Message } from '../actor/message.ts';
import { EndedActor } from './ended-actor.ts';
import type { LocalActor } from './local-actors.ts';
import type { Outgoing } from './outgoing.ts';
import type { Router } from './router.ts';

export class Pool implements LocalActor {
  readonly address: Address;
  readonly #outgoing: Outgoing;
  readonly #router: Router;
  readonly #onEnd: (reason: EndReason) => void;
  #members: LocalActor[];
  #endReason: EndReason | undefined;

  /** `onEnd` is called once, when the last member has ended. */
  constructor(
    address: Address,
    members: readonly LocalActor[],
    router: Router,
    outgoing: Outgoing,
    onEnd: (reason: EndReason) => void,
  ) {
    this.address = address;
    this.#members = [...members];
    this.#router = router;
    this.#outgoing = outgoing;
    this.#onEnd = onEnd;
  }

  get state(): string {
    return this.#endReason === undefined ? 'running' : 'ended';
  }

  get depth(): number {
    return this.#members.reduce((sum, member) => sum + member.depth, 0);
  }

  get hasRoom(): boolean {
    return this.#members.some((member) => member.hasRoom);
  }

  /** A member has ended for good. */
  remove(member: LocalActor, reason: EndReason): void {
    this.#members = this.#members.filter((other) => other !== member);
    if (this.#members.length > 0 || this.#endReason !== undefined) return;
    this.#endReason = reason;
    this.#onEnd(reason);
  }

  /** False when no member has room any more: the message was taken all the same, unless every mailbox is full. */
  tell(type: string, payload: unknown): boolean {
    const member = this.#next();
    member.tell(type, payload);
    return this.hasRoom;
  }

  ask(
    type: string,
    payload: unknown,
    timeoutMs: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    return this.#next().ask(type, payload, timeoutMs, signal);
  }

  async ready(): Promise<void> {
    if (this.#members.length === 0) throw stopped('ready', this.address, this.#endReason);
    // One that ends meanwhile is no reason to fail while others take messages.
    await Promise.any(this.#members.map((member) => member.ready())).catch(() => {
      throw stopped('ready', this.address, this.#endReason);
    });
  }

  deliver(message: Message): void {
    const member = this.#router(this.#members);
    if (member === undefined) this.#outgoing.refuseRelayed(this.address, message, this.#reason);
    else member.deliver(message);
  }

  async stop(timeoutMs: number | undefined, drain: boolean): Promise<void> {
    await Promise.all(this.#members.map((member) => member.stop(timeoutMs, drain)));
  }

  #next(): Pick<LocalActor, 'tell' | 'ask'> {
    return this.#router(this.#members) ?? new EndedActor(this.address, this.#outgoing, () => this.#reason);
  }

  get #reason(): EndReason {
    return this.#endReason ?? { kind: 'normal' };
  }
}
