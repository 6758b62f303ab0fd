// The only handle to an actor. It checks what the caller gives and hands it to a destination: an actor of this process, or
// the way to one in another. Refs may be sent in messages; the codec knows them by their address.
import { ADDRESS, formatAddress, type Address } from '../address.ts';
import { TroupeError } from '../errors.ts';
import { readDuration, type Duration } from '../units.ts';
import type { Askable } from './askable.ts';
import { askOf } from './pending-ask.ts';
import { PendingStream, type ItemStream } from './pending-stream.ts';
import type {
  AskArguments,
  Asked,
  ItemOf,
  Protocol,
  ReplyOf,
  StreamedTypes,
  TellArguments,
} from './protocol.ts';
import { MAX_WINDOW } from './asker.ts';

/** How long an ask may take, and who may end it. */
export interface AskOptions {
  /** How long to wait for the answer; default the system's `askTimeout` (5 s). TROUPE_ASK_TIMEOUT after it. */
  readonly timeout?: Duration;
  /** Gives up at once with TROUPE_ASK_ABORTED; the handler sees it as `context.signal`. */
  readonly signal?: AbortSignal;
}

/** How a stream is to be read. */
export interface StreamOptions {
  /** Items that may be on their way or wait here; more are asked for as they are taken. 1 to 65,536, default 16. */
  readonly window?: number;
  /** How long each item may take; default the system's `askTimeout` (5 s). TROUPE_ASK_TIMEOUT after it. */
  readonly timeout?: Duration;
  /** Gives up at once with TROUPE_ASK_ABORTED; the generator sees it as `context.signal`. */
  readonly signal?: AbortSignal;
}

/** How an actor is to be ended. */
export interface StopOptions {
  /**
   * How long the actor may take for what it has; default the system's `stopTimeout` (5 s), for a supervisor as long as its children
   * may. Then it is ended.
   */
  readonly timeout?: Duration;
  /**
   * `false`: after the message at hand; what waits becomes dead letters, and what is under way to another process is lost.
   * Default `true`: all it has is handled.
   */
  readonly drain?: boolean;
}

/** What a ref of any protocol has. */
export interface AnyRef extends AsyncDisposable {
  readonly [ADDRESS]: Address;
  /** Resolves once there is room again after `tell` returned false. TROUPE_ACTOR_STOPPED when the actor has ended. */
  ready(): Promise<void>;
  /** Ends the actor and resolves when it has ended. Stopping one that has ended resolves at once. */
  stop(options?: StopOptions): Promise<void>;
  toString(): string;
}

/** A handle to an actor with the protocol `P`, in whichever process it runs; may be sent in messages. */
export interface ActorRef<P extends Protocol> extends AnyRef {
  /**
   * Sends a message and does not wait. Order is kept from this process to the actor; at most once.
   *
   * Returns true when the message is in the mailbox or on its way, and false past the high-water mark, like
   * `stream.write`: await `ready()` before the next. At the mailbox's capacity a message is refused and becomes a dead letter.
   * Throws TROUPE_NOT_SERIALIZABLE or TROUPE_FRAME_TOO_LARGE when the payload cannot travel.
   */
  tell<K extends keyof P & string>(type: K, ...payload: TellArguments<P[K]['payload']>): boolean;
  /**
   * Sends a message and waits for what the handler returns. Rejects with the error the handler threw, or with
   * TROUPE_ASK_TIMEOUT, TROUPE_ASK_ABORTED, TROUPE_ACTOR_STOPPED, TROUPE_PEER_LOST, TROUPE_NO_HANDLER, TROUPE_MAILBOX_FULL.
   */
  ask<K extends Asked<P>>(
    type: K,
    ...rest: AskArguments<P[K]['payload'], AskOptions>
  ): Promise<ReplyOf<P[K]['reply']>>;
  /**
   * The items of a handler that is a generator, for `for await`; the message is sent with the first `next()`. No more than
   * `window` are ahead of the loop. Whoever leaves the loop ends the stream: what the generator has to clean up, it does as a
   * turn of the actor. Rejects as `ask` does, with TROUPE_ACTOR_STOPPED also when the actor stops or starts again before the end.
   */
  stream<K extends StreamedTypes<P>>(
    type: K,
    ...rest: AskArguments<P[K]['payload'], StreamOptions>
  ): ItemStream<ItemOf<P[K]['reply']>>;
  /** Carries the protocol, so that refs of different kinds are different types; there is no such value. */
  readonly '~protocol'?: P;
}

/** A ref whose protocol is not known at compile time. */
export interface UntypedRef extends AnyRef {
  tell(type: string, payload?: unknown): boolean;
  ask(type: string, ...rest: AskArguments<unknown, AskOptions>): Promise<unknown>;
  stream(type: string, ...rest: AskArguments<unknown, StreamOptions>): ItemStream<unknown>;
}

/** Where a ref sends to. */
export interface Destination extends Askable {
  /** As `ActorRef.tell`. */
  tell(type: string, payload: unknown): boolean;
  ready(): Promise<void>;
  stop(timeoutMs: number | undefined, drain: boolean): Promise<void>;
}

// Enough that the actor need not wait for grants over a process boundary, and few enough that nobody feels it.
const DEFAULT_WINDOW = 16;

/** A ref to `destination`, with the protocol that the caller vouches for. */
export function createRef<P extends Protocol>(destination: Destination): ActorRef<P> {
  return new Ref(destination) as unknown as ActorRef<P>;
}

/** What every ref is made of; types come from `createRef`. */
export class Ref {
  readonly #destination: Destination;

  constructor(destination: Destination) {
    this.#destination = destination;
  }

  get [ADDRESS](): Address {
    return this.#destination.address;
  }

  tell(type: string, payload?: unknown): boolean {
    return this.#destination.tell(type, payload);
  }

  ask(type: string, payload?: unknown, options?: AskOptions): Promise<unknown> {
    // The common case reads no option at all.
    if (options === undefined) return askOf(this.#destination, type, payload);
    const timeoutMs = readDuration('ask', 'timeout', options.timeout);
    return askOf(this.#destination, type, payload, timeoutMs, options.signal);
  }

  stream(type: string, payload?: unknown, options: StreamOptions = {}): ItemStream<unknown> {
    const { window = DEFAULT_WINDOW, timeout, signal } = options;
    if (!Number.isInteger(window) || window < 1 || window > MAX_WINDOW)
      throw new TroupeError(
        'TROUPE_CONFIGURATION',
        `stream: window is ${JSON.stringify(window)}; expected a whole number of items from 1 to ${String(MAX_WINDOW)}`,
      );
    const timeoutMs = readDuration('stream', 'timeout', timeout);
    return new PendingStream(this.#destination, { type, payload, window, timeoutMs, signal });
  }

  ready(): Promise<void> {
    return this.#destination.ready();
  }

  stop(options: StopOptions = {}): Promise<void> {
    return this.#destination.stop(readDuration('stop', 'timeout', options.timeout), options.drain ?? true);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  toString(): string {
    return formatAddress(this.#destination.address);
  }

  toJSON(): string {
    return this.toString();
  }
}
