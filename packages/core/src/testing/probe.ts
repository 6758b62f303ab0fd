// An actor that a test plays itself: it takes every message, does nothing with it, and the test looks at what has come.
import { createRef, type ActorRef, type AnyRef } from '../actor/actor-ref.ts';
import type { Down } from '../actor/behavior.ts';
import type { Patience } from '../actor/askable.ts';
import type { Asker } from '../actor/asker.ts';
import type { Message } from '../actor/message.ts';
import type { Protocol } from '../actor/protocol.ts';
import { ADDRESS, addressKey, formatAddress, type Address } from '../address.ts';
import { describeReason, type EndReason } from '../actor/end-reason.ts';
import type { TroupeError } from '../errors.ts';
import type { LocalActor } from '../system/local-actors.ts';
import type { Node } from '../system/node.ts';
import { readDuration, type Duration } from '../units.ts';
import type { Pace } from './pace.ts';
import { caller, testFailed, type Site } from './test-failed.ts';

/** How long a test is ready to wait. */
export interface WaitOptions {
  /** Time of the system, virtual or real; default `'5s'`. */
  readonly within?: Duration;
}

/** A message that has come to a probe. */
export interface Received<Payload = unknown, Reply = unknown> {
  readonly type: string;
  readonly payload: Payload;
  /** When it came, in milliseconds of the system's time. */
  readonly atMs: number;
  /** Whether its sender waits for an answer. */
  readonly isAsk: boolean;
  /** Answers an ask; nothing happens for a message that was told. */
  reply(value: Reply): void;
  /** Answers an ask with an error. */
  fail(error: unknown): void;
}

/** An actor played by the test: its ref goes where any ref may, and what is sent to it can be looked at. */
export interface Probe<P extends Protocol = Protocol> {
  /** May be passed to any actor, in any process. */
  readonly ref: ActorRef<P>;
  /** Every message so far, those that `next` has given included. */
  readonly messages: readonly Received[];
  /** How many of them `next` has not given yet. */
  readonly unread: number;
  /** Every end so far of what the probe watches. */
  readonly downs: readonly Down[];
  /**
   * The first message, or the first of `type`, that was not given yet; time passes until it comes. TROUPE_TEST_FAILED
   * when it does not come in time.
   */
  next<K extends keyof P & string>(
    type?: K,
    options?: WaitOptions,
  ): Promise<Received<P[K]['payload'], P[K]['reply']>>;
  /** Lets `within` pass, by default no time; TROUPE_TEST_FAILED when there is a message that `next` has not given. */
  expectNone(options?: WaitOptions): Promise<void>;
  /** Has the probe told of the end of `ref`. */
  watch(ref: AnyRef): void;
  /** The first end that was not given yet, or the first of `ref`; time passes until it comes. */
  nextDown(ref?: AnyRef, options?: WaitOptions): Promise<Down>;
  /** Ends the probe: it is then an actor that has ended. */
  stop(): Promise<void>;
}

/** What a probe needs of the system it is in. */
export interface ProbeHost {
  readonly node: Node;
  readonly pace: Pace;
  /** Undefined with real processes: no seed plays a part. */
  readonly seed: number | undefined;
}

export const DEFAULT_WITHIN = '5s';
const NORMAL: EndReason = { kind: 'normal' };

export class ProbeActor implements LocalActor, Probe {
  readonly address: Address;
  readonly ref: ActorRef<Protocol>;
  readonly messages: Received[] = [];
  readonly downs: Down[] = [];
  readonly state = 'running';
  readonly depth = 0;
  readonly hasRoom = true;
  readonly #host: ProbeHost;
  readonly #newMessages: Received[] = [];
  readonly #newDowns: Down[] = [];
  #hasEnded = false;

  constructor(host: ProbeHost, name: string) {
    const { node } = host;
    this.#host = host;
    this.address = { node: node.id, actor: node.locals.nextNumber(), label: name };
    this.ref = createRef(this);
    node.locals.add(this);
  }

  get patience(): Patience {
    return this.#host.node.outgoing;
  }

  get unread(): number {
    return this.#newMessages.length;
  }

  async next(type?: string, options: WaitOptions = {}): Promise<Received> {
    const isIt = (message: Received): boolean => type === undefined || message.type === type;
    const site = caller();
    const withinMs = withinOf('next', options);
    let found: Received | undefined;
    await this.#host.pace.until(
      // Taken at once: two may wait for messages of one type.
      () => (found ??= take(this.#newMessages, isIt)) !== undefined,
      withinMs,
      () =>
        this.#failed(
          `next: ${type === undefined ? 'no message' : `no '${type}'`} within ${String(withinMs)} ms; ${this.#inventory()}`,
          site,
        ),
    );
    return found as unknown as Received;
  }

  async expectNone(options: WaitOptions = {}): Promise<void> {
    const site = caller();
    const withinMs = withinOf('expectNone', { within: 0, ...options });
    if (withinMs > 0) await this.#host.pace.advance(withinMs);
    await this.#host.pace.settled();
    if (this.#newMessages.length > 0) throw this.#failed(`expectNone: ${this.#inventory()}`, site);
  }

  watch(ref: AnyRef): void {
    const { node } = this.#host;
    node.bonds.watch(ref, this.address.actor, (down) => {
      this.downs.push(down);
      this.#newDowns.push(down);
    });
  }

  async nextDown(ref?: AnyRef, options: WaitOptions = {}): Promise<Down> {
    const site = caller();
    const key = ref === undefined ? undefined : addressKey(ref[ADDRESS]);
    const isIt = (down: Down): boolean => key === undefined || addressKey(down.ref[ADDRESS]) === key;
    const withinMs = withinOf('nextDown', options);
    let found: Down | undefined;
    await this.#host.pace.until(
      () => (found ??= take(this.#newDowns, isIt)) !== undefined,
      withinMs,
      () => {
        const who = ref === undefined ? 'nobody that it watches' : formatAddress(ref[ADDRESS]);
        const others = this.#newDowns.map(
          (down) => `${formatAddress(down.ref[ADDRESS])}: ${describeReason(down.reason)}`,
        );
        const also = others.length === 0 ? '' : `; it was told of ${others.join(', ')}`;
        return this.#failed(`nextDown: ${who} ended within ${String(withinMs)} ms${also}`, site);
      },
    );
    return found as unknown as Down;
  }

  tell(type: string, payload: unknown): boolean {
    return this.send(type, payload, undefined);
  }

  send(type: string, payload: unknown, asker: Asker | undefined): boolean {
    const { node } = this.#host;
    if (this.#hasEnded) return node.outgoing.refuse(this.address, type, payload, asker, NORMAL);
    this.deliver(node.account.send(type, payload, asker));
    return true;
  }

  deliver(message: Message): void {
    const { type, payload, asker, origin, bytes, prompt } = message;
    origin.settle('delivered', 1, bytes, prompt);
    const received = receive(type, payload, asker, this.#host.pace.now());
    this.messages.push(received);
    this.#newMessages.push(received);
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  overflow(): void {
    // It takes everything.
  }

  linkedBy(): void {
    // What another's end means to it is for the test to say: it may watch.
  }

  stop(): Promise<void> {
    const { locals } = this.#host.node;
    if (!this.#hasEnded) locals.ended(this.address.actor, { reason: NORMAL, lost: 0 });
    this.#hasEnded = true;
    return Promise.resolve();
  }

  #inventory(): string {
    if (this.#newMessages.length === 0) return 'none has come that was not given';
    return `there are ${this.#newMessages.map(({ type }) => `'${type}'`).join(', ')}`;
  }

  #failed(what: string, site: Site): TroupeError {
    return testFailed(this.#host.seed, `${this.address.label}: ${what}`, site);
  }
}

function receive(type: string, payload: unknown, asker: Asker | undefined, atMs: number): Received {
  return {
    type,
    payload,
    atMs,
    isAsk: asker !== undefined,
    reply: (value) => asker?.resolve(value),
    fail: (error) => asker?.reject(error),
  };
}

function take<T>(list: T[], isIt: (item: T) => boolean): T | undefined {
  const index = list.findIndex(isIt);
  return index < 0 ? undefined : list.splice(index, 1)[0];
}

function withinOf(operation: string, { within = DEFAULT_WITHIN }: WaitOptions): number {
  return readDuration(operation, 'within', within);
}
